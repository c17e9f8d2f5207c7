import Jobs
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// What a look at a playlist makes of its items.
struct ListStoreTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock()
    private let store: SQLiteJobStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteJobStore(path: folder.path.appending("jobs.sqlite").string, clock: clock.read)
    }

    private func list(_ id: String, follow: String? = nil, force: Bool? = nil) async throws -> Job {
        var spec = JobSpec(url: "https://a.example/list")
        spec.follow = follow.flatMap(FollowInterval.init)
        spec.tags = ["kept"]
        spec.force = force
        let job = Job(
            id: id, dropID: id, drop: "list.txt", ordinal: 0, site: "a.example", url: spec.url, recording: nil, videoID: nil,
            userID: "ann", spec: spec, maxRetries: 3, createdAt: clock.read(), addressID: "web-list", politeSite: "a.example")
        let record = DropRecord(id: id, name: "list.txt", folder: .incoming, userID: "ann", takenAt: clock.read())
        let taken = try await store.insert([(record, [job])])[0][0]
        #expect(!taken.isAlreadyThere)
        return job
    }

    private func look(_ names: [String], gone: [String: String] = [:]) -> ListLook {
        var look = ListLook(title: "Talks", maxItems: 500)
        look.items = (names + gone.keys.sorted()).map { name in
            ListItem(
                addressID: "web-\(name)", url: "https://a.example/\(name)", site: "a.example", politeSite: "a.example", title: name,
                unavailable: gone[name])
        }
        return look
    }

    private func end(_ job: Job, _ failure: Failure? = nil) async throws {
        let started = try await store.claim(.network, limit: 1, owner: "me").started
        #expect(started.map(\.job.id) == [job.id])
        let transition = failure.map(JobTransition.fail) ?? .complete
        try await store.apply(transition, to: job.id, from: .downloading, owner: "me")
    }

    @Test func itemsBecomeJobsInTheirOrderOnce() async throws {
        let list = try await list("one")
        let outcome = try await store.record(look(["a", "b", "c"], gone: ["d": "it is private"]), of: list)
        #expect(outcome.made.map(\.url) == ["https://a.example/a", "https://a.example/b", "https://a.example/c"])
        #expect(outcome.made.allSatisfy { $0.dropID == "one" && $0.listID == "one" && $0.spec.tags == ["kept"] })
        #expect(outcome.summary.items == 4)
        #expect(outcome.summary.jobs == 3)
        #expect(outcome.summary.unavailable.map(\.reason) == ["it is private"])
        // Begun again after a crash: none is made twice, and the same is told.
        clock.advance(60)
        let again = try await store.record(
            look(["a", "b", "c"], gone: ["d": "it is private"]), of: try #require(await store.details(of: "one")).job)
        #expect(again.made.isEmpty)
        #expect(again.taken.map(\.job) == outcome.taken.map(\.job) && again.taken.count == 3)
        #expect(again.summary.alreadyThere == 0)
        #expect(again.summary.jobs == 3 && again.summary.new == 3)
        #expect(again.summary.unavailable == outcome.summary.unavailable)
        #expect(try await store.details(of: "one")?.job.list == again.summary)
    }

    @Test func anotherDropOfTheListTakesOnlyWhatIsNew() async throws {
        let first = try await list("one")
        let made = try await store.record(look(["a", "b", "c"]), of: first).made
        try await end(first)
        try await end(made[0])
        try await end(made[1], Failure(.permanent, "geo_blocked", "not in your country"))
        try await end(made[2], Failure(.transient, "timeout", "too slow"))
        _ = try await store.take("site-a", for: made[0])
        try await store.publish(
            VideoRecord(id: "site-a", addressID: "web-a", jobID: made[0].id, title: "a", userID: "ann", createdAt: clock.read()))
        clock.advance(7 * 86_400)
        let second = try await list("two")
        let outcome = try await store.record(look(["b", "c", "new"], gone: ["a": "it was removed at its source"]), of: second)
        // What only failed for a while is tried again.
        #expect(outcome.made.map(\.url) == ["https://a.example/c", "https://a.example/new"])
        #expect(outcome.goneVideos == ["site-a": .init(at: clock.read(), reason: "it was removed at its source")])
        #expect(outcome.summary.gone.map(\.videoID) == ["site-a"])
        #expect(outcome.summary.alreadyThere == 0 && outcome.taken.map(\.item.url) == outcome.made.map(\.url))
        #expect(outcome.summary.unavailable.map(\.reason).contains("it failed before: not in your country"))
        clock.advance(60)
        let back = try await store.record(look(["a", "b", "c"]), of: second)
        #expect(back.returnedVideos == ["site-a"])
        #expect(back.summary.gone.map(\.reason) == ["it is no longer in the list"])
    }

    @Test func aListThatIsFollowedMakesJobsOfNewItemsAlone() async throws {
        let list = try await list("one", follow: "6h")
        let first = try await store.record(look(["a"]), of: list)
        let started = try await store.claim(.network, limit: 2, owner: "me").started.map(\.job.id)
        #expect(started.contains("one"))
        try await store.apply(
            .rest(until: clock.read().adding(seconds: 21_600), reason: "followed"), to: "one", from: .downloading, owner: "me")
        try await store.apply(
            .cancel(by: "ann", drop: "x"), to: first.made[0].id, from: try #require(await store.details(of: first.made[0].id)).job.state)
        #expect(try await store.followed().map(\.id) == ["one"])
        let now = try #require(await store.details(of: "one")).job
        #expect(now.waitReason == "followed")
        #expect(now.failure == nil)
        let second = try await store.record(look(["a", "b"]), of: now)
        #expect(second.made.map(\.url) == ["https://a.example/b"])
        #expect(second.summary.new == 1)
        #expect(second.summary.jobs == 2)
    }

    @Test func whatFailedForGoodIsTriedAgainIfForced() async throws {
        let first = try await list("one")
        let made = try await store.record(look(["a"]), of: first).made
        try await end(first)
        try await end(made[0], Failure(.permanent, "members_only", "for members"))
        let second = try await list("two", force: true)
        #expect(try await store.record(look(["a"]), of: second).made.map(\.url) == ["https://a.example/a"])
    }

    @Test func aListThatWasCancelledMakesNoJobs() async throws {
        let list = try await list("one")
        try await store.apply(.cancel(by: "ann", drop: "x"), to: "one", from: .queued)
        await #expect(throws: JobsError.self) { try await store.record(look(["a"]), of: list) }
        #expect(try await store.statistics().total == 1)
    }

    @Test func aListThatIsFollowedStaysInForceWhateverHappens() async throws {
        let list = try await list("one", follow: "6h")
        _ = try await store.record(look([]), of: list)
        for _ in 0..<3 {
            #expect(try await store.claim(.network, limit: 1, owner: "me").started.map(\.job.id) == ["one"])
            try await store.apply(.crash(Failure(.permanent, "died", "it died")), to: "one", from: .downloading, owner: "me")
        }
        let resting = try #require(await store.details(of: "one")).job
        #expect(resting.state == .pending && resting.failure?.code == "crash_loop")
        #expect(resting.notBefore == clock.read().adding(seconds: 6 * 3600))
        #expect(resting.interruptions == 0)
        clock.advance(6 * 3600)
        _ = try await store.enqueueDue(limit: 10)
        _ = try await store.claim(.network, limit: 1, owner: "me")
        try await store.apply(.fail(Failure(.permanent, "gone", "it is gone")), to: "one", from: .downloading, owner: "me")
        #expect(try #require(await store.details(of: "one")).job.state == .pending)
    }

    @Test func whatIsLeftOutIsSaid() async throws {
        var look = look(["a", "b"])
        look.maxItems = 2
        look.leftOut = 40
        look.isWhole = false
        let summary = try await store.record(look, of: try await list("one")).summary
        #expect(summary.leftOut == 40)
        #expect(summary.note?.contains("the first 2 of 42 items") == true)
    }
}
