import Jobs
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// What the report reads.
struct ReportStoreTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()
    private let store: any JobStore & ReportStore & VideoStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteJobStore(path: folder.path.appending("jobs.sqlite").string, clock: clock.read)
    }

    private func insert(_ count: Int) async throws {
        let record = DropRecord(id: "drop", name: "links.txt", folder: .incoming, userID: "ann", takenAt: clock.read())
        let jobs = (0..<count).map { number in
            Job(
                id: "job-\(number)", dropID: "drop", drop: "links.txt", ordinal: number, site: "example.org",
                url: "https://example.org/\(number).mp4", recording: nil, videoID: nil, userID: "ann", spec: JobSpec(), maxRetries: 0,
                createdAt: clock.read())
        }
        _ = try await store.insert([(record, jobs)])
    }

    private func claim() async throws -> Job { try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job }

    private func tally(_ name: String, _ label: String = "") async throws -> Double? {
        try await store.tallies().first { $0.name == name && $0.label == label }?.value
    }

    @Test func sumsOutliveTheJobs() async throws {
        try await insert(3)
        let failing = try await claim()
        clock.advance(4)
        try await store.apply(.fail(Failure(.permanent, "gone", "gone")), to: failing.id, from: .downloading)
        let next = try await claim()
        try await store.apply(.finishStage(next: .extractingAudio), to: next.id, from: .downloading)
        #expect(try await tally("jobs_ended", "failed") == 1)
        #expect(try await tally("stage_failures", "downloading permanent") == 1)
        #expect(try await tally("stage_seconds_count", "downloading") == 1)
        #expect(try await tally("last_failure") == Double(clock.read().milliseconds) / 1000)
        #expect(try await store.load().waiting[.network] == 1)
        clock.advance(100)
        #expect(try await store.prune(endedBefore: clock.read(), limit: 10).map(\.id) == [failing.id])
        #expect(try await tally("jobs_ended", "failed") == 1)
    }

    /// More than one statement asks for, with pasts, one in the trash, and one that never was.
    @Test func manyJobsAreReadWithTheirPasts() async throws {
        try await insert(250)
        #expect(try await store.claim(.network, limit: 250, owner: "me").started.count == 250)
        for id in ["job-3", "job-249"] {
            let failure = Failure(.permanent, "gone", "gone")
            try await store.apply(.fail(failure), to: id, from: .downloading)
            try await store.apply(.retryByHand(drop: "again"), to: id, from: .failed)
            clock.advance(1)
            #expect(try await claim().id == id)
            try await store.apply(.fail(failure), to: id, from: .downloading)
        }
        try await store.putInTrash(jobID: "job-7")
        let ids = try await store.jobStamps().map(\.jobID)
        #expect(ids.count == 249)
        let many = try await store.details(ofJobs: ids + ["job-7", "nobody", ids[0]])
        #expect(Set(many.map(\.job.id)) == Set(ids) && many.count == ids.count)
        for details in many { #expect(try await store.details(of: details.job.id) == details) }
        #expect(many.filter { $0.attempts.count == 2 }.count == 2)
    }

    @Test func whatEndedIsCountedInItsSpan() async throws {
        try await insert(3)
        let start = clock.read()
        for seconds in [0.0, 70, 10] {
            clock.advance(seconds)
            let job = try await claim()
            try await store.apply(.fail(Failure(.permanent, "gone", "gone")), to: job.id, from: .downloading)
        }
        let activity = try await store.activity(since: start, step: 60)
        #expect(activity.map(\.failed) == [1, 2] && activity.map(\.completed) == [0, 0])
        #expect(activity.map(\.start) == [start, start.adding(seconds: 60)])
        #expect(try await store.activity(since: start.adding(seconds: 75), step: 60).map(\.failed) == [1])
    }
}
