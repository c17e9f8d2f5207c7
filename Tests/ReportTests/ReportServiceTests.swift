import Foundation
import Jobs
import Logging
import ServiceLifecycle
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Report

struct ReportServiceTests {
    private let folder: TemporaryFolder
    private let layout: SpoolLayout
    private let store: SQLiteJobStore
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        folder = try TemporaryFolder()
        layout = SpoolLayout(root: folder.path)
        try Spool(layout: layout).make()
        store = try SQLiteJobStore(path: layout.database.string)
    }

    private func made() throws -> String? {
        struct Status: Decodable {
            let generated_at: String
        }
        return try? SpoolJSON.read(Status.self, at: layout.report.appending("status.json")).generated_at
    }

    /// Runs a service until the site was renewed some times.
    private func expectRenewals(idle: Double, busy: Double) async throws {
        let builder = try SiteBuilder(layout: layout, store: store, version: "0", logger: logger)
        let service = ReportService(builder: builder, delay: 0.01, idle: idle, busy: busy, logger: logger)
        let daemon = ServiceGroup(services: [service], logger: logger)
        async let end: Void = daemon.run()
        var seen: Set<String> = []
        try await eventually("the site to be renewed") {
            if let made = try made() { seen.insert(made) }
            return seen.count >= 4
        }
        #expect(try page().contains("id=\"stopped\" hidden"))
        await daemon.triggerGracefulShutdown()
        try await end
        #expect(try page().contains("id=\"stopped\">"), "it says that nobody works on it any more")
    }

    @Test func whatEndsTheDaemonStandsOnTheSiteToo() async throws {
        struct Broken: Error {}
        struct Failing: Service {
            let moment: @Sendable () async throws -> Void
            func run() async throws {
                try await moment()
                throw Broken()
            }
        }
        let builder = try SiteBuilder(layout: layout, store: store, version: "0", logger: logger)
        let failing = Failing { try await eventually("the site") { FileSystem.exists(layout.report.appending("index.html")) } }
        let service = ReportService(builder: builder, delay: 0.01, idle: 1e6, busy: 1e6, logger: logger)
        await #expect(throws: Broken.self) { try await ServiceGroup(services: [service, failing], logger: logger).run() }
        #expect(try page().contains("id=\"stopped\">"))
    }

    private func page() throws -> String {
        String(decoding: try FileSystem.read(layout.report.appending("index.html")), as: UTF8.self)
    }

    @Test func theSiteIsRenewedThoughNothingHappens() async throws { try await expectRenewals(idle: 0.05, busy: 1e6) }

    @Test func theSiteIsRenewedOftenWhileAJobIsWorkedOn() async throws {
        let now = Timestamp.now()
        let job = Job(
            id: SortableID.make(), dropID: "d", drop: "links.txt", ordinal: 0, site: "example.org", url: "https://example.org/1.mp4",
            recording: nil, videoID: nil, userID: "ann", spec: JobSpec(), maxRetries: 3, createdAt: now)
        _ = try await store.insert([(DropRecord(id: "d", name: "links.txt", folder: .incoming, userID: "ann", takenAt: now), [job])])
        #expect(try await store.claim(.network, limit: 1, owner: "me").started.count == 1)
        try await expectRenewals(idle: 1e6, busy: 0.05)
    }
}
