import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Whose jobs they are, and who may act on them.
@Suite(.serialized) struct OwnershipTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func daemon(_ set: String...) async throws -> Daemon {
        let daemon = Daemon(spool: folder.path.appending("spool"), set: ["disk.floor=1125899906842624"] + set)
        try await daemon.start()
        return daemon
    }

    @Test func onlyTheOwnerOrAnAdministratorMayAct() async throws {
        let open = try await daemon()
        try open.drop("{\"url\": \"https://example.org/a.mp4\", \"user_id\": \"ann\"}", as: "hers.json")
        let jobID = try #require(try await open.receipt(for: "hers.json").jobs.first).jobID
        #expect(try await open.job(jobID, "there") { _ in true }.userID == "ann")
        try await open.stop()

        let enforcing = try await daemon("spool.ownership=enforce")
        for (order, name) in [(ControlFolder.cancel, jobID), (.delete, jobID)] {
            let receipt = try await enforcing.ask("", as: name, in: order)
            #expect(receipt.outcome == .rejected)
            #expect(receipt.refused.first?.code == .forbidden)
            #expect(receipt.refused.first?.reason.contains("belongs to ann") == true)
        }
        let forged = try await enforcing.ask(
            "{\"url\": \"https://example.org/b.mp4\", \"user_id\": \"ann\"}", as: "forged.json", in: .incoming)
        #expect(forged.outcome == .rejected)
        let mine = try await enforcing.ask("https://example.org/c.mp4", as: "mine.txt", in: .incoming)
        #expect(try await enforcing.ask("", as: "mine.txt", in: .cancel).actions?.map(\.jobID) == [try #require(mine.jobs.first).jobID])
        let me = mine.userID
        try await enforcing.stop()

        let administered = try await daemon("spool.ownership=enforce", "spool.administrators=\(me)")
        #expect(try await administered.ask("", as: jobID, in: .cancel).actions?.map(\.action) == [.cancelled])
        try await administered.stop()
    }

    @Test func anothersVideoIsNotReplaced() async throws {
        let site = try await LocalSite()
        let film = try FileSystem.read(try await Speech.video(Speech.library, at: folder.path.appending("a.mp4")))
        site.serve(film, at: "a.mp4")
        let open = Daemon(spool: folder.path.appending("spool"))
        try await open.start()
        try open.drop("{\"url\": \"\(site.url("a.mp4"))\", \"user_id\": \"ann\"}", as: "hers.json")
        let hers = try await open.ended(try #require(try await open.receipt(for: "hers.json").jobs.first).jobID)
        #expect(hers.status == .completed)
        try await open.stop()

        let enforcing = Daemon(spool: folder.path.appending("spool"), set: ["spool.ownership=enforce"])
        try await enforcing.start()
        let again = try await enforcing.ask("{\"url\": \"\(site.url("a.mp4"))\", \"force\": true}", as: "again.json", in: .incoming)
        let job = try await enforcing.ended(try #require(again.jobs.first).jobID)
        #expect(job.status == .failed)
        #expect(job.error?.code == "not_yours")
        #expect(job.error?.message.contains("belongs to ann") == true)
        let manifest = try SpoolJSON.read(
            BundleManifest.self, at: enforcing.layout.bundle(try #require(hers.videoID)).appending(BundleManifest.name))
        #expect(manifest.jobID == hers.jobID)
        try await enforcing.stop()
    }

    /// Owner, group and modes of everything that is written, whoever of us or our children writes it.
    @Test func rightsReachEverythingThatIsWritten() async throws {
        let isRoot = geteuid() == 0
        let daemon = Daemon(
            spool: folder.path.appending("spool"),
            set: ["spool.folder_mode=2755", "keep.media=0"] + (isRoot ? ["spool.group=1"] : []))
        try await daemon.start()
        let recording = try await Speech.wav("a few words", at: folder.path.appending("private.wav"))
        // Its owner alone may read it.
        #expect(chmod(recording.string, 0o600) == 0)
        try daemon.drop(recording, as: "private.wav")
        let job = try #require(try await daemon.receipt(for: "private.wav").jobs.first)
        #expect(try await daemon.ended(job.jobID).status == .completed)
        try await eventually("the report") { FileSystem.exists(daemon.layout.report.appending("index.html")) }
        try await daemon.stop()

        let group: UInt32 = isRoot ? 1 : getegid()
        var count = 0
        let all = FileManager.default.enumerator(atPath: daemon.layout.root.string)
        while let name = all?.nextObject() as? String {
            // What people drop has the rights that they give it; where they drop it stands in a setting of its own.
            if ControlFolder.allCases.contains(where: { name.hasPrefix($0.rawValue) }) || name.hasSuffix("/private.wav") { continue }
            var info = stat()
            guard lstat(daemon.layout.root.appending(name).string, &info) == 0 else { continue }
            count += 1
            let isFolder = info.st_mode & S_IFMT == S_IFDIR
            #expect(info.st_mode & 0o7777 == (isFolder ? 0o2755 : 0o644), "\(name): \(String(info.st_mode & 0o7777, radix: 8))")
            #expect(info.st_gid == group, "\(name)")
            #expect(info.st_uid == geteuid(), "\(name)")
        }
        #expect(count > 40)
    }
}
