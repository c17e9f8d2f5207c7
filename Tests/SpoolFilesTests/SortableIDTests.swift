import SpoolFiles
import Testing

struct SortableIDTests {
    @Test func sortsByTime() {
        let early = SortableID.make(at: Timestamp(milliseconds: 1_764_062_095_000))
        let late = SortableID.make(at: Timestamp(milliseconds: 1_764_062_096_000))
        #expect(early < late)
        #expect(early.hasPrefix("20251125-091455-"))
        #expect(SortableID.isValid(early))
    }

    @Test func derivedOnesAreAlwaysTheSameAndDiffer() {
        let drop = SortableID.make()
        #expect(SortableID.derived(from: drop, number: 3) == SortableID.derived(from: drop, number: 3))
        let many = Set((0..<5000).map { SortableID.derived(from: drop, number: $0) })
        #expect(many.count == 5000)
        #expect(many.allSatisfy { SortableID.isValid($0) })
    }

    @Test(arguments: ["", "..", "20251125-091455", "20251125-091455-ABCDEFGH", "20251125-091455-abcd/../", "x0251125-091455-abcdefgh"])
    func refusesEverythingElse(text: String) {
        #expect(!SortableID.isValid(text))
    }
}
