import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Addresses that somebody has thought up, or that lead elsewhere than they seem to. `HostileDropTests` has the drops, and the tests of the
/// launcher have yt-dlp's other ways out.
@Suite(.serialized) struct HostileAddressTests {
    private let folder: TemporaryFolder
    private let site: TestVideoSite
    /// On an address that may not be reached, under the same port.
    private let closed: LocalSite
    private let daemon: Daemon

    init() async throws {
        folder = try TemporaryFolder()
        site = try await TestVideoSite(in: folder)
        closed = try await LocalSite(address: "127.0.0.2", port: site.files.port)
        let library = folder.path.appending("fake_names.so").string
        try await Tool.run(
            "clang", ["-shared", "-fPIC", "-O2", "-o", library, Repository.root.appending("Tests/FakeNames/fake_names.c").string, "-ldl"])
        daemon = Daemon(
            spool: folder.path.appending("spool"), set: ["retry.delays=0.1", "tools.plugins=\(TestVideoSite.plugins)"],
            environment: ["LD_PRELOAD": library, "FAKE_NAMES_FILE": folder.path.appending("looks").string])
        closed.serve(Data("secret".utf8), at: "secret")
        closed.serve(Data("secret".utf8), at: "film.mp4")
        try await daemon.start()
    }

    private func ended(_ url: String, as name: String) async throws -> StatusSidecar {
        try daemon.drop(url, as: name)
        return try await daemon.ended(try #require(try await daemon.receipt(for: name).jobs.first).jobID)
    }

    @Test func whatIsNoAddressReachesNobody() async throws {
        let trap = folder.path.appending("trap")
        let urls = [
            "--exec=touch \(trap)", "-o\(trap)", "\(site.url("film"))\";touch \(trap);\"", "\(site.url("film"))\ntouch \(trap)",
            "\(site.url("film"))$(touch \(trap)) x", "file:///etc/passwd",
        ]
        try daemon.drop(SpoolJSON.data(urls.map { JobSpec(url: $0) }), as: "odd.json")
        let receipt = try await daemon.receipt(for: "odd.json")
        #expect(receipt.outcome == .rejected)
        #expect(receipt.refused.count == urls.count)
        #expect(site.files.requests.isEmpty)
        #expect(!FileSystem.exists(trap))
    }

    @Test func quotationMarksInAnAddressAreDataForAllWhoGetIt() async throws {
        let trap = folder.path.appending("trap")
        // Without white space it is an address: yt-dlp gets it, and no shell.
        let job = try await ended("\(site.url("page"))'\"`touch\(trap)`$(touch${IFS}\(trap))--exec=x", as: "quotes.txt")
        #expect(job.status == .failed)
        #expect(!FileSystem.exists(trap))
        #expect(site.files.requests.allSatisfy { $0.path.hasPrefix("/page") })
    }

    @Test(arguments: ["moved.mp4", "moved"])
    func aRedirectToAPrivateAddressIsNotFollowed(path: String) async throws {
        var behaviour = LocalSite.Behaviour()
        behaviour.redirect = "http://127.0.0.2:\(closed.port)/secret"
        site.files.serve(Data(), at: path, behaviour)
        let job = try await ended(site.url(path), as: "moved.txt")
        #expect(job.status == .failed)
        #expect(job.error?.code == "address_refused")
        #expect(job.error?.hint?.contains("network.allow_addresses") == true)
        #expect(closed.requests.isEmpty)
    }

    @Test func aNameThatLeadsElsewhereAtTheSecondLookIsRefusedThen() async throws {
        var broken = LocalSite.Behaviour()
        broken.status = 500
        site.files.serve(Data(), at: "film.mp4", broken)
        let job = try await ended("http://rebind.test:\(site.files.port)/film.mp4", as: "rebind.txt")
        #expect(job.status == .failed)
        #expect(job.error?.code == "address_refused")
        #expect(site.files.requests.count == 1)
        #expect(closed.requests.isEmpty)
        #expect(try FileSystem.read(folder.path.appending("looks")).count == 2)
    }

    @Test func aListMayNameWhatItLikes() async throws {
        try site.serve(
            [
                "title": "Traps",
                "entries": [
                    ["id": "one", "url": "file:///etc/passwd"], ["id": "two", "url": "--exec=x"],
                    ["id": "three", "url": "http://127.0.0.2:\(closed.port)/secret"],
                ],
            ] as [String: Any], at: "spooltest/list/traps")
        try daemon.drop(site.listURL("traps"), as: "traps.txt")
        let receipt = try await eventually("the list to be read") {
            let receipt = try? SpoolJSON.read(Receipt.self, at: daemon.layout.receipt(for: "traps.txt", in: .incoming))
            return receipt?.lists == nil ? nil : receipt
        }
        #expect(receipt.lists?[0].summary.unavailable.map(\.reason) == Array(repeating: "its address cannot be fetched", count: 2))
        let job = try await daemon.ended(receipt.jobs[1].jobID)
        #expect(job.error?.code == "address_refused")
        #expect(closed.requests.isEmpty)
    }
}
