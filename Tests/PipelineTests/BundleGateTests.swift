import Synchronization
import Testing

@testable import Pipeline

struct BundleGateTests {
    @Test func oneAtATime() async {
        let gate = BundleGate()
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await gate.pass {
                        counter.enter()
                        await Task.yield()
                        counter.leave()
                    }
                }
            }
        }
        #expect(counter.most == 1)
    }

    private final class Counter: Sendable {
        private let state = Mutex((inside: 0, most: 0))
        var most: Int { state.withLock(\.most) }
        func enter() { state.withLock { $0 = ($0.inside + 1, max($0.most, $0.inside + 1)) } }
        func leave() { state.withLock { $0.inside -= 1 } }
    }

    @Test func isFreeAgainAfterAnError() async {
        struct Broken: Error {}
        let gate = BundleGate()
        await #expect(throws: Broken.self) { try await gate.pass { throw Broken() } }
        #expect(await gate.pass { true })
    }
}
