import Testing

@testable import Watcher

struct SettledFileTrackerTests {
    private var tracker = SettledFileTracker<String>(quiet: 5)

    @Test mutating func aTouchedFileIsDueAfterItsQuietTime() {
        tracker.touched("a", at: 0)
        #expect(tracker.takeDue(at: 4.9).map(\.name) == [])
        tracker.touched("a", at: 4.9)
        #expect(tracker.takeDue(at: 9.8).map(\.name) == [])
        #expect(tracker.nextDue == 9.9)
        #expect(tracker.takeDue(at: 9.9).map(\.name) == ["a"])
        #expect(tracker.nextDue == nil)
    }

    @Test mutating func aScannedFileMustStandStill() {
        tracker.seen("a", .init(size: 1, modified: 1), at: 0)
        tracker.seen("a", .init(size: 2, modified: 2), at: 2)
        tracker.seen("a", .init(size: 2, modified: 2), at: 4)
        #expect(tracker.takeDue(at: 6.9).map(\.name) == [])
        #expect(tracker.takeDue(at: 7).map(\.name) == ["a"])
    }

    @Test mutating func aNewTimeOfChangeAloneCounts() {
        tracker.seen("a", .init(size: 1, modified: 1), at: 0)
        tracker.seen("a", .init(size: 1, modified: 2), at: 4)
        #expect(tracker.takeDue(at: 8.9).map(\.name) == [])
        #expect(tracker.takeDue(at: 9).map(\.name) == ["a"])
    }

    @Test mutating func whatWasSeenIsToldWithTheName() {
        tracker.seen("a", .init(size: 1, modified: 2), at: 0)
        #expect(tracker.takeDue(at: 5).first?.look == .init(size: 1, modified: 2))
    }

    @Test mutating func aForgottenFileIsNotDue() {
        tracker.touched("a", at: 0)
        tracker.forget("a")
        #expect(tracker.takeDue(at: 100).map(\.name) == [])
    }
}

struct MountKindTests {
    @Test(arguments: [0x6969, 0x517B, 0xFE53_4D42, 0x6573_5546, 0x0102_1997] as [UInt32])
    func otherMachinesCanChangeThese(magic: UInt32) {
        #expect(MountKind(magic: magic).isRemote)
    }

    @Test(arguments: [0xEF53, 0x5846_5342, 0x0102_1994, 0x1234] as [UInt32])
    func theseAreLocal(magic: UInt32) {
        #expect(!MountKind(magic: magic).isRemote)
    }
}
