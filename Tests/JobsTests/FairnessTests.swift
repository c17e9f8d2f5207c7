import Jobs
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Jobs

/// Who comes next among those of one priority.
struct FairnessTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()
    private let store: any JobStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteJobStore(path: folder.path.appending("jobs.sqlite").string, clock: clock.read)
    }

    private func drop(_ name: String, of user: String, _ count: Int, priority: Int? = nil) async throws {
        clock.advance(1)
        let jobs = (0..<count).map { number -> Job in
            var spec = JobSpec()
            spec.priority = priority
            return Job(
                id: "\(name)\(number)", dropID: name, drop: name, ordinal: number, site: "example.org",
                url: "https://example.org/\(name)\(number)",
                recording: nil, videoID: nil, userID: user, spec: spec, maxRetries: 0, createdAt: clock.read())
        }
        _ = try await store.insert([(DropRecord(id: name, name: name, folder: .incoming, userID: user, takenAt: clock.read()), jobs)])
    }

    private func next(_ count: Int) async throws -> [String] {
        var names: [String] = []
        for _ in 0..<count {
            clock.advance(1)
            names += try await store.claim(.network, limit: 1, owner: "me").started.map { String($0.job.id.prefix { $0.isLetter }) }
        }
        return names
    }

    @Test func twoUsersTakeTurns() async throws {
        try await drop("a", of: "ann", 1000)
        try await drop("b", of: "bob", 1000)
        let order = try await next(20)
        #expect(order.count { $0 == "a" } == 10)
        #expect(order.count { $0 == "b" } == 10)
    }

    @Test func aSingleLinkDoesNotWaitBehindALongList() async throws {
        try await drop("list", of: "ann", 1000)
        #expect(try await next(100).allSatisfy { $0 == "list" })
        try await drop("hers", of: "ann", 1)
        try await drop("his", of: "bob", 1)
        #expect(Set(try await next(5)).isSuperset(of: ["hers", "his"]))
    }

    @Test func manySingleDropsOfOneDoNotStarveAnother() async throws {
        for number in 0..<50 { try await drop("a\(String(UnicodeScalar(UInt8(97 + number % 26))))x\(number)y", of: "ann", 1) }
        try await drop("late", of: "bob", 1)
        #expect(try await next(3).contains("late"))
    }

    @Test func severalLongListsAreNotSeveralShares() async throws {
        for name in ["one", "two", "three"] { try await drop(name, of: "ann", 300) }
        try await drop("his", of: "bob", 300)
        let order = try await next(120)
        // With a share for each list he would get a quarter.
        #expect(order.count { $0 == "his" } >= 36)
        #expect(Set(order) == ["one", "two", "three", "his"])
    }

    @Test func jobsThatComeBackTakeTurnsWithTheNewcomers() async throws {
        try await drop("blocked", of: "ann", 400)
        for number in 0..<400 {
            try await store.apply(
                .postpone(Failure(.blocked, "x", "x"), until: clock.read().adding(seconds: 3600)), to: "blocked\(number)", from: .queued)
        }
        // The clock goes far beyond their turns.
        try await drop("other", of: "bob", 600)
        _ = try await next(600)
        clock.advance(3600)
        #expect(try await store.enqueueDue(limit: 500).enqueued.count == 400)
        try await drop("new", of: "carol", 1)
        #expect(try await next(3).contains("new"))
    }

    @Test func prioritiesComeFirstAlsoWhileAListIsWorkedThrough() async throws {
        try await drop("list", of: "ann", 100)
        _ = try await next(10)
        try await drop("later", of: "bob", 2, priority: 9)
        try await drop("urgent", of: "bob", 2, priority: 2)
        #expect(try await next(3) == ["urgent", "urgent", "list"])
        #expect(try await next(89).allSatisfy { $0 == "list" })
        #expect(try await next(2) == ["later", "later"])
    }

    @Test func aRetryByHandOvertakes() async throws {
        try await drop("broken", of: "ann", 1)
        let job = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job
        try await store.apply(.fail(Failure(.permanent, "x", "x")), to: job.id, from: .downloading)
        try await drop("list", of: "bob", 100)
        try await drop("urgent", of: "bob", 1, priority: 2)
        try await store.apply(.retryByHand(drop: "d"), to: job.id, from: .failed)
        #expect(try await next(3) == ["broken", "urgent", "list"])
    }

    @Test func theClockGoesOnWithWhatIsServed() {
        var turns = FairTurns(clock: 40, after: 42, longDrops: 1)
        #expect(turns.nextDrop == 43)
        #expect([turns.take(), turns.take(), turns.take()] == [42, 44, 46])
        #expect(FairTurns(clock: 40, after: 12, longDrops: 0).nextDrop == 41)
    }
}
