import Jobs
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// What each class of failure does to a job in the store, on a clock that only goes on when it is told.
struct RetryScheduleTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()
    private let store: any JobStore
    private let policy = RetryPolicy()
    private let job = Job.example("job")

    init() async throws {
        folder = try TemporaryFolder()
        store = try SQLiteJobStore(path: folder.path.appending("jobs.sqlite").string, clock: clock.read)
        _ = try await store.insert([(DropRecord(id: "drop", name: "n", folder: .incoming, userID: "ann", takenAt: clock.read()), [job])])
    }

    /// Starts the job, lets its stage fail, and tells what became of it.
    private func fail(_ failure: Failure) async throws -> Job {
        let started = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job
        let siteOpens =
            failure.class == .blocked ? try await store.siteBlocked(job.site, reason: failure.message, wish: failure.notBefore) : nil
        let transition = policy.transition(after: failure, of: started, at: clock.read(), siteOpens: siteOpens, random: 0.5)
        return try await store.apply(transition, to: job.id, from: .downloading).job
    }

    /// The job is in line again after so many seconds, and not before.
    private func isInLine(after seconds: Double) async throws {
        clock.advance(seconds - 0.5)
        #expect(try await store.enqueueDue(limit: 10).enqueued.isEmpty)
        clock.advance(0.5)
        #expect(try await store.enqueueDue(limit: 10).enqueued.map(\.job.id) == [job.id])
    }

    @Test func transientComesBackAfter4And16And64SecondsAndThenFails() async throws {
        let failure = Failure(.transient, "reset", "the connection was reset")
        for (index, seconds) in [4.0, 16, 64].enumerated() {
            let after = try await fail(failure)
            #expect(after.state == .retrying)
            #expect(after.retryCount == index + 1)
            #expect(after.waitReason?.contains("the connection was reset") == true)
            try await isInLine(after: seconds)
        }
        #expect(try await fail(failure).state == .failed)
    }

    @Test func blockedWaitsForTheSiteAndCountsNothing() async throws {
        for minutes in [15.0, 30, 60, 60] {
            let after = try await fail(Failure(.blocked, "bot_check", "are you a robot?"))
            #expect(after.state == .pending)
            #expect(after.retryCount == 0)
            #expect(after.waitReason?.contains("robot") == true)
            try await isInLine(after: minutes * 60)
        }
    }

    @Test func notYetIsLookedAtAgainForSevenDays() async throws {
        var days = 0.0
        while true {
            let after = try await fail(Failure(.notYet, "premiere", "it begins later", notBefore: clock.read().adding(seconds: 86_400)))
            guard after.state == .pending else {
                #expect(after.state == .failed)
                break
            }
            #expect(after.retryCount == 0)
            try await isInLine(after: min(86_400, (7 - days) * 86_400))
            days += 1
        }
        #expect(days == 7)
    }

    @Test func localPausesTheStageForAllAndGoesOnWhenItIsCured() async throws {
        let after = try await fail(Failure(.local, "disk_full", "the disk is full", hint: "Free some space"))
        try await store.pauseStage(.downloading, seconds: policy.localPause, reason: "the disk is full. Free some space")
        #expect(after.state == .pending)
        #expect(after.retryCount == 0)
        #expect(after.waitReason == "the disk is full. Free some space")
        #expect(try await store.pauses().map(\.subject) == [.stage(.downloading)])
        #expect(try await store.pauses().map(\.waiting) == [1])
        try await isInLine(after: 60)
        #expect(try await store.claim(.network, limit: 1, owner: "me").started.count == 1)
    }

    @Test func permanentFailsAtOnce() async throws {
        #expect(try await fail(Failure(.permanent, "removed", "it was removed")).state == .failed)
    }

    @Test func aClockThatIsSetBackOrForwardLosesNothing() async throws {
        _ = try await fail(Failure(.transient, "reset", "reset"))
        clock.advance(-86_400)
        #expect(try await store.enqueueDue(limit: 10).enqueued.isEmpty)
        clock.advance(2 * 86_400)
        #expect(try await store.enqueueDue(limit: 10).enqueued.count == 1)
        let started = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job
        clock.advance(-2 * 86_400)
        try await store.note(progress: 20, of: started.id, owner: "me")
        #expect(try await store.abandoned(owner: "me").isEmpty)
        #expect(try await store.apply(.complete, to: started.id, from: .downloading).job.state == .completed)
    }
}
