import Testing

@testable import Pipeline

struct DiskWatchTests {
    @Test func saysItOnceThenNowAndThenAndThatItIsOver() {
        var disk = DiskWatch(floor: 1000, pause: .seconds(60))
        let start = ContinuousClock.now
        #expect(disk.look(free: 1000, at: start) == .unchanged)
        guard case .short(let reason, true) = disk.look(free: 999, at: start) else { return #expect(Bool(false)) }
        #expect(reason.contains("Free some space"))
        #expect(disk.look(free: 999, at: start + .seconds(19)) == .unchanged)
        guard case .short(_, false) = disk.look(free: 999, at: start + .seconds(20)) else { return #expect(Bool(false)) }
        #expect(disk.look(free: 1000, at: start + .seconds(21)) == .recovered)
        #expect(disk.look(free: 1000, at: start + .seconds(22)) == .unchanged)
    }
}
