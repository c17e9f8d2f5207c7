import Jobs
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Of the jobs of one video site only so many are at its pages at a time; nobody else waits for them.
struct SiteTurnsTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()

    init() throws { folder = try TemporaryFolder() }

    private func store(jobsASite: Int = 1) throws -> any JobStore {
        try SQLiteJobStore(path: folder.path.appending("jobs.sqlite").string, jobsASite: jobsASite, clock: clock.read)
    }

    private func job(_ id: String, _ ordinal: Int, polite site: String?, priority: Int = 5) -> Job {
        var spec = JobSpec(url: "https://\(site ?? "files.example.org")/\(id)")
        spec.priority = priority
        return Job(
            id: id, dropID: "drop", drop: "links.txt", ordinal: ordinal, site: site ?? "files.example.org", url: spec.url, recording: nil,
            videoID: nil, userID: "ann", spec: spec, maxRetries: 3, createdAt: clock.read(), addressID: id, politeSite: site)
    }

    private func insert(_ jobs: [Job], into store: any JobStore) async throws {
        let record = DropRecord(id: "drop", name: "links.txt", folder: .incoming, userID: "ann", takenAt: clock.read())
        _ = try await store.insert([(record, jobs)])
    }

    @Test func oneJobAtASiteAtATimeAndTheOthersGoOn() async throws {
        let store = try store()
        try await insert(
            [
                job("a1", 0, polite: "a.example"), job("a2", 1, polite: "a.example"), job("b1", 2, polite: "b.example"),
                job("file", 3, polite: nil), job("b2", 4, polite: "b.example"), job("c1", 5, polite: "c.example", priority: 1),
            ], into: store)
        let first = try await store.claim(.network, limit: 10, owner: "me").started.map(\.job.id)
        #expect(first == ["c1", "a1", "b1", "file"])
        // Whoever has done with a site makes room for its next.
        let (_, next) = try await store.apply(
            .finishStage(next: .extractingAudio), to: "b1", from: .downloading, owner: "me", thenStartNextIn: .network)
        #expect(next?.job.id == "b2")
        #expect(try await store.claim(.network, limit: 10, owner: "me").started.isEmpty)
        try await store.apply(.finishStage(next: .extractingAudio), to: "a1", from: .downloading, owner: "me")
        #expect(try await store.claim(.network, limit: 10, owner: "me").started.map(\.job.id) == ["a2"])
    }

    @Test func asManyAsTheSettingSays() async throws {
        let store = try store(jobsASite: 2)
        try await insert((0..<4).map { job("a\($0)", $0, polite: "a.example") }, into: store)
        #expect(try await store.claim(.network, limit: 10, owner: "me").started.map(\.job.id) == ["a0", "a1"])
    }

    @Test func aSiteIsNotedUntilItsNextCall() async throws {
        let store = try store()
        let next = clock.read().adding(seconds: 7)
        #expect(try await store.takeTurn(at: "a.example", until: next) == nil)
        #expect(try await store.takeTurn(at: "a.example", until: next) == next)
        #expect(try await store.takeTurn(at: "b.example", until: next) == nil)
        let later = clock.read().adding(seconds: 9)
        try await store.note(nextCall: later, to: "a.example")
        #expect(try await store.takeTurn(at: "a.example", until: next) == later)
        clock.advance(9)
        #expect(try await store.takeTurn(at: "a.example", until: next) == nil)
    }
}
