import Jobs
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// What every store promises. A second store runs the same suite.
struct JobStoreTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()
    private let store: any JobStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteJobStore(path: folder.path.appending("jobs.sqlite").string, clock: clock.read)
    }

    private func insert(_ jobs: [Job], drop: String = "drop") async throws {
        let record = DropRecord(id: drop, name: "links.txt", folder: .incoming, userID: "ann", takenAt: clock.read())
        _ = try await store.insert([(record, jobs)])
    }

    @Test func whatWasInsertedIsThere() async throws {
        let job = Job.example()
        try await insert([job])
        let details = try #require(try await store.details(of: job.id))
        #expect(details.job == job)
        #expect(details.history.map(\.status) == [.queued])
        #expect(try await store.openJobs(after: nil, limit: 100) == [job])
    }

    @Test func aDropIsInsertedOnce() async throws {
        let job = Job.example()
        try await insert([job])
        let record = DropRecord(id: "drop", name: "links.txt", folder: .incoming, userID: "ann", takenAt: clock.read())
        let again = try await store.insert([(record, [Job.example()])])
        #expect(again == [[TakenJob(jobID: job.id, videoID: nil, isAlreadyThere: false)]])
        #expect(try await store.statistics().total == 1)
    }

    @Test func aLoneJobLeavesTheTrashAtItsTime() async throws {
        let store = try SQLiteJobStore(path: folder.path.appending("trash.sqlite").string, clock: clock.read)
        let record = DropRecord(id: "drop", name: "n", folder: .incoming, userID: "ann", takenAt: clock.read())
        let lone = Job.example("lone")
        var spec = JobSpec(url: "https://example.org/a.mp4")
        spec.force = true
        let forced = Job(
            id: "maker", dropID: "drop", drop: "n", ordinal: 1, site: "example.org", url: spec.url, recording: nil, videoID: nil,
            userID: "ann", spec: spec, maxRetries: 3, createdAt: clock.read())
        _ = try await store.insert([(record, [lone, forced])])
        _ = try await store.take("file-1", for: lone)
        let deleted = clock.read()
        try await store.putInTrash(jobID: lone.id)
        // Another job makes its video.
        _ = try await store.take("file-1", for: forced)
        try await store.publish(
            VideoRecord(id: "file-1", addressID: nil, jobID: forced.id, title: "t", userID: "ann", createdAt: clock.read()))
        clock.advance(60)
        // Deleted again, it keeps its time.
        try await store.putInTrash(jobID: lone.id)
        #expect(try await store.details(of: lone.id)?.job.deletedAt == deleted)
        #expect(try await store.trashed(before: clock.read()).jobIDs == [lone.id])
    }

    @Test func theJobThatMadeWhatIsThereIsCompared() async throws {
        let store = try SQLiteJobStore(path: folder.path.appending("wishes.sqlite").string, clock: clock.read)
        func drop(_ id: String, _ jobs: [Job]) async throws -> [TakenJob] {
            try await store.insert([(DropRecord(id: id, name: id, folder: .incoming, userID: "ann", takenAt: clock.read()), jobs)])[0]
        }
        func job(_ id: String, language: String?, origin: Job.Origin = .drop) -> Job {
            var spec = JobSpec(url: "https://example.org/a.mp4")
            spec.language = language
            return Job(
                id: id, dropID: id, drop: id, ordinal: 0, site: "example.org", url: spec.url, recording: nil, videoID: nil, userID: "ann",
                spec: spec, maxRetries: 3, createdAt: clock.read(), origin: origin, addressID: origin == .drop ? "web-1" : nil)
        }
        let first = job("first", language: nil)
        _ = try await drop("first", [first])
        _ = try await store.take("web-1", for: first)
        let again = job("again", language: "de", origin: .reprocess)
        _ = try await drop("again", [again])
        try await store.publish(
            VideoRecord(id: "web-1", addressID: "web-1", jobID: "again", title: "t", userID: "ann", createdAt: clock.read()))
        let taken = try #require(try await drop("third", [job("third", language: "de")]).first)
        #expect(taken.isAlreadyThere && taken.jobID == "again")
        #expect(taken.earlier?.spec.language == "de")
    }

    @Test func aVideoIsThereAlsoWhenItsJobsAreForgotten() async throws {
        let store = try SQLiteJobStore(path: folder.path.appending("videos.sqlite").string, clock: clock.read)
        let record = DropRecord(id: "drop", name: "n", folder: .incoming, userID: "ann", takenAt: clock.read())
        let maker = Job.example("maker")
        _ = try await store.insert([(record, [maker])])
        #expect(try await store.take("file-1", for: maker) == nil)
        try await store.publish(
            VideoRecord(id: "file-1", addressID: nil, jobID: maker.id, title: "t", userID: "ann", createdAt: clock.read()))
        _ = try await store.apply(.cancel(by: "ann", drop: "x"), to: maker.id, from: .queued)
        clock.advance(86_400)
        #expect(try await store.prune(endedBefore: clock.read(), limit: 10).map(\.id) == [maker.id])

        let later = Job.example("later", drop: "later")
        _ = try await store.insert([(DropRecord(id: "later", name: "n", folder: .incoming, userID: "ann", takenAt: clock.read()), [later])])
        #expect(try await store.take("file-1", for: later) == VideoHolder(jobID: maker.id, isFinished: true))
    }

    @Test func oneBadJobTakesTheWholeBatchBack() async throws {
        let good = Job.example("a", drop: "one")
        let twin = Job.example("a", drop: "two")
        let records = ["one", "two"].map { DropRecord(id: $0, name: "n", folder: .incoming, userID: "ann", takenAt: clock.read()) }
        await #expect(throws: (any Error).self) { _ = try await store.insert([(records[0], [good]), (records[1], [twin])]) }
        #expect(try await store.statistics().total == 0)
    }

    @Test func lanesTakeByPriorityThenAge() async throws {
        let jobs = [
            Job.example("old", ordinal: 0, at: 1000), Job.example("urgent", ordinal: 1, priority: 1, at: 3000),
            Job.example("new", ordinal: 2, at: 2000), Job.example("last", ordinal: 3, priority: 10, at: 1),
        ]
        try await insert(jobs)
        var order: [String] = []
        for _ in 0..<5 { order += try await store.claim(.network, limit: 1, owner: "me").started.map(\.job.id) }
        #expect(order == ["urgent", "old", "new", "last"])
        #expect(try await store.claim(.cpu, limit: 5, owner: "me").started.isEmpty)
    }

    @Test func aJobThatWasMovedMeanwhileIsNotMovedAgain() async throws {
        let job = Job.example()
        try await insert([job])
        _ = try await store.claim(.network, limit: 1, owner: "me")
        try await store.apply(.finishStage(next: .extractingAudio), to: job.id, from: .downloading)
        let error = await #expect(throws: JobsError.self) {
            try await store.apply(.finishStage(next: .extractingAudio), to: job.id, from: .downloading)
        }
        guard case .movedByAnother = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test func manyClaimersNeverTakeTheSameJob() async throws {
        try await insert((0..<200).map { Job.example("job\($0)", ordinal: $0) })
        let taken = try await withThrowingTaskGroup(of: [String].self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var mine: [String] = []
                    while true {
                        let got = try await store.claim(.network, limit: 3, owner: "worker\(worker)").started.map(\.job.id)
                        if got.isEmpty { return mine }
                        mine += got
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(taken.count == 200)
        #expect(Set(taken).count == 200)
    }

    @Test func attemptsAndHistoryAreKept() async throws {
        let job = Job.example()
        try await insert([job])
        let failure = Failure(.transient, "reset", "the connection was reset", hint: "wait")
        _ = try await store.claim(.network, limit: 1, owner: "me")
        try await store.apply(.retry(failure, at: clock.read().adding(seconds: 4)), to: job.id, from: .downloading)
        #expect(try await store.enqueueDue(limit: 10).enqueued.isEmpty)
        #expect(try await store.enqueueDue(limit: 10).next == clock.read().adding(seconds: 4))
        clock.advance(4)
        #expect(try await store.enqueueDue(limit: 10).enqueued.count == 1)
        _ = try await store.claim(.network, limit: 1, owner: "me")
        let details = try await store.apply(.finishStage(next: .extractingAudio), to: job.id, from: .downloading)
        #expect(details.attempts.map(\.outcome) == ["failed", "done"])
        #expect(details.attempts[0].error == failure)
        #expect(details.history.map(\.status) == [.queued, .downloading, .retrying, .queued, .downloading, .extractingAudio])
    }

    @Test func leasesOfOthersAreAbandonedAndMineAreNot() async throws {
        try await insert([Job.example("a", ordinal: 0), Job.example("b", ordinal: 1)])
        _ = try await store.claim(.network, limit: 1, owner: "dead")
        _ = try await store.claim(.network, limit: 1, owner: "me")
        #expect(try await store.abandoned(owner: "me").map(\.id) == ["a"])
        clock.advance(60)
        try await store.note(progress: 15, of: "b", owner: "me")
        clock.advance(100)
        #expect(try await store.abandoned(owner: "me").map(\.id) == ["a"])
        clock.advance(100)
        #expect(Set(try await store.abandoned(owner: "me").map(\.id)) == ["a", "b"])
    }

    @Test func aBlockedSiteRestsAndOthersGoOn() async throws {
        let blocked = Job.example("blocked", ordinal: 0)
        try await insert([blocked])
        let until = try await store.siteBlocked("example.org", reason: "robot", wish: nil)
        let (started, postponed) = try await store.claim(.network, limit: 5, owner: "me")
        #expect(started.isEmpty)
        #expect(postponed.map(\.job.id) == ["blocked"])
        #expect(postponed.first?.job.state == .pending)
        #expect(postponed.first?.job.retryCount == 0)
        #expect(try await store.pauses() == [Pause(subject: .site("example.org"), until: until, reason: "robot", waiting: 1)])
        clock.advance(15 * 60)
        _ = try await store.enqueueDue(limit: 10)
        #expect(try await store.claim(.network, limit: 5, owner: "me").started.map(\.job.id) == ["blocked"])
        try await store.siteAnswered("example.org")
        #expect(try await store.pauses().isEmpty)
    }

    @Test func aSitesWishHoldsForAllItsJobs() async throws {
        try await insert([Job.example("a")])
        _ = try await store.siteBlocked("example.org", reason: "robot", wish: nil)
        let until = clock.read().adding(seconds: 7200)
        #expect(try await store.siteBlocked("example.org", reason: "robot", wish: until) == until)
        #expect(try await store.claim(.network, limit: 1, owner: "me").postponed.first?.job.notBefore == until)
        #expect(try await store.pauses().map(\.until) == [until])
    }

    @Test func aPausedStageTakesNobodyUntilItsTime() async throws {
        try await insert([Job.example("a")])
        try await store.pauseStage(.downloading, seconds: 60, reason: "no library")
        #expect(try await store.claim(.network, limit: 5, owner: "me").postponed.first?.job.waitReason == "no library")
        clock.advance(60)
        _ = try await store.enqueueDue(limit: 10)
        #expect(try await store.claim(.network, limit: 5, owner: "me").started.count == 1)
    }

    @Test func statisticsCountAndAverage() async throws {
        try await insert((0..<3).map { Job.example("job\($0)", ordinal: $0) })
        for _ in 0..<2 {
            let job = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job
            clock.advance(10)
            if job.id == "job0" {
                try await store.apply(.finishStage(next: .extractingAudio), to: job.id, from: .downloading)
                _ = try await store.claim(.cpu, limit: 1, owner: "me")
                try await store.apply(.complete, to: job.id, from: .extractingAudio)
            } else {
                try await store.apply(.fail(Failure(.permanent, "x", "x")), to: job.id, from: .downloading)
            }
        }
        // One whose video was there already: it did not work on it.
        let twin = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job
        try await store.apply(.complete, to: twin.id, from: .downloading)
        let statistics = try await store.statistics()
        #expect(statistics.byState == ["completed": 2, "failed": 1])
        #expect(statistics.successRate.map { abs($0 - 2.0 / 3) < 0.001 } == true)
        #expect(statistics.averageProcessing == 10)
    }

    @Test func aDatabaseThatCannotBeOpenedSaysSo() {
        let error = #expect(throws: JobsError.self) { _ = try SQLiteJobStore(path: "/proc/none/jobs.sqlite") }
        #expect(error?.description.contains("database.path") == true)
    }
}
