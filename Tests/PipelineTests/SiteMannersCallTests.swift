import Jobs
import SpoolFiles
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

/// Some seconds lie between two calls to one site.
struct SiteMannersCallTests {
    private let folder: TemporaryFolder
    private let time = ManualClock()
    private let manners: SiteManners
    private let store: SQLiteJobStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteJobStore(path: folder.path.appending("jobs.sqlite").string, clock: time.read)
        manners = SiteManners(store: store, pause: 5...10)
    }

    @Test func theNextCallWaitsItsTimeAndOtherSitesDoNot() async throws {
        try await manners.call("a.example") {}
        let next = try #require(try await store.takeTurn(at: "a.example", until: time.read()))
        #expect((5.0...10.0).contains(next.seconds(since: time.read())))
        try await manners.call("b.example") {}
        let (manners, time) = (manners, time)
        let called = Task { try await manners.call("a.example") { time.read() } }
        let done = Mutex(false)
        async let watch: Void = {
            _ = try? await called.value
            done.withLock { $0 = true }
        }()
        try await eventually("the second call") {
            time.advance(0.1)
            return done.withLock { $0 }
        }
        await watch
        #expect(try await called.value >= next)
    }

    @Test func twoWhoMayBeThereAtOnceTakeTurnsAllTheSame() async throws {
        let (manners, store, time) = (manners, store, time)
        try await manners.call("a.example") {
            // While one call runs, another finds the turn taken.
            #expect(try! await store.takeTurn(at: "a.example", until: time.read()) != nil)
        }
        _ = manners
    }

    @Test func aClockThatWasSetBackHoldsUpNobody() async throws {
        try await store.note(nextCall: time.read().adding(seconds: 86_400 * 365), to: "a.example")
        try await manners.call("a.example") {}
        #expect(try await store.takeTurn(at: "a.example", until: time.read()).map { $0.seconds(since: time.read()) <= 10 } == true)
    }

    @Test func aSiteOfThisMachineNeedsNoRest() async throws {
        for site in ["127.0.0.1", "localhost", "[::1]"] {
            try await manners.call(site) {}
            #expect(try await store.takeTurn(at: site, until: time.read()) == nil)
        }
    }

    @Test func aCallThatFailsIsACall() async throws {
        await #expect(throws: StageFailure.self) {
            try await manners.call("a.example") { () async throws(StageFailure) in throw .failed(Failure(.transient, "t", "t")) }
        }
        #expect(try await store.takeTurn(at: "a.example", until: time.read()) != nil)
    }
}
