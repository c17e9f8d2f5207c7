import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// However a file comes into `incoming/`, it is one drop, with one receipt.
@Suite(.serialized) struct DropTests {
    private let folder: TemporaryFolder
    private let daemon: Daemon

    init() async throws {
        folder = try TemporaryFolder()
        // No stage starts: these tests are about taking.
        daemon = Daemon(spool: folder.path.appending("spool"), set: ["disk.floor=1125899906842624"])
        try await daemon.start()
    }

    private var incoming: FilePath { daemon.layout.control(.incoming) }

    @Test func byCopyAndByMove() async throws {
        let list = try folder.write("https://example.org/a.mp4\n", to: "copied.txt")
        try await Tool.run("cp", [list.string, incoming.string])
        let other = try folder.write("https://example.org/b.mp4\n", to: "other.txt")
        try await Tool.run("cp", [other.string, folder.path.appending("moved.txt").string])
        try await Tool.run("mv", [folder.path.appending("moved.txt").string, incoming.string])
        for name in ["copied.txt", "moved.txt"] { #expect(try await daemon.receipt(for: name).jobs.count == 1) }
        #expect(Set(try await daemon.waitingSidecars(2).map(\.drop)) == ["copied.txt", "moved.txt"])
    }

    @Test func bySlowWriter() async throws {
        let target = incoming.appending("slow.txt")
        // Writes a line, waits for another drop to be taken meanwhile, and writes on: slow, without a clock.
        let writer = try FileDescriptor.open(target, .writeOnly, options: .create, permissions: [.ownerReadWrite])
        for number in 0..<5 {
            try writer.writeAll("https://example.org/\(number).mp4\n".utf8)
            try daemon.drop("https://example.org/x\(number).mp4", as: "meanwhile\(number).txt")
            _ = try await daemon.receipt(for: "meanwhile\(number).txt")
            #expect(FileSystem.exists(target))
        }
        try writer.close()
        #expect(try await daemon.receipt(for: "slow.txt").jobs.count == 5)
        #expect(try await daemon.waitingSidecars(10).count { $0.drop == "slow.txt" } == 5)
    }

    @Test func aThousandFilesInOneCopy() async throws {
        let many = folder.path.appending("many")
        try FileSystem.makeFolder(many)
        for number in 0..<1000 { try folder.write("https://example.org/\(number).mp4\n", to: "many/\(number).txt") }
        try await Tool.run("sh", ["-c", "cp \(many.string)/*.txt \(incoming.string)/"])
        try await eventually("a thousand receipts") { try FileSystem.list(daemon.layout.receipts(.incoming)).count == 1000 }
        try await eventually("every drop to be put away") { try FileSystem.list(daemon.layout.claimed).isEmpty }
        let sidecars = try await daemon.waitingSidecars(1000)
        #expect(Set(sidecars.map(\.drop)).count == 1000)
        for number in [0, 500, 999] { #expect(try await daemon.receipt(for: "\(number).txt").jobs.count == 1) }
    }

    @Test func whatWasThereBeforeTheStartIsTaken() async throws {
        try await daemon.stop()
        try folder.write("https://example.org/a.mp4\n", to: "spool/incoming/early.txt")
        try await daemon.start()
        #expect(try await daemon.receipt(for: "early.txt").jobs.count == 1)
    }

    @Test func whatCannotBeUnderstoodIsKeptWithTheReasonBesideIt() async throws {
        try daemon.drop("{\"url\": \"https://example.org/\", \"prio\": 1}", as: "job.json")
        let receipt = try await daemon.receipt(for: "job.json")
        #expect(receipt.outcome == .rejected)
        let kept = daemon.layout.rejected(.incoming).appending("job.json")
        try await eventually("the drop to be put aside") { FileSystem.exists(kept) }
        #expect(String(decoding: try FileSystem.read(kept), as: UTF8.self).contains("\"prio\""))
        let reason = try SpoolJSON.read(Receipt.self, at: daemon.layout.rejectionReason(for: "job.json", in: .incoming))
        #expect(reason.refused.first?.reason.contains("\"prio\"") == true)
        #expect(reason.refused.first?.hint?.contains("priority") == true)
    }

    @Test func aFolderIsTakenInWhole() async throws {
        try FileSystem.makeFolder(folder.path.appending("Collection"))
        try FileSystem.makeFolder(folder.path.appending("Collection/deeper"))
        try folder.write("https://example.org/a.mp4\n", to: "Collection/links.txt")
        try folder.write("{\"url\": \"https://example.org/b.mp4\"}", to: "Collection/deeper/spec.json")
        try folder.write("Dear all", to: "Collection/deeper/letter.doc")
        try folder.write("x", to: "Collection/Thumbs.db")
        // Moved in: ready at once. Copied: ready when it stood still.
        try await Tool.run("cp", ["-r", folder.path.appending("Collection").string, incoming.appending("Copied").string])
        try await Tool.run("mv", [folder.path.appending("Collection").string, incoming.string])
        for name in ["Collection", "Copied"] {
            let receipt = try await daemon.receipt(for: name)
            #expect(receipt.outcome == .partly)
            #expect(receipt.jobs.map(\.url) == ["https://example.org/b.mp4", "https://example.org/a.mp4"])
            #expect(receipt.refused.map(\.file) == ["deeper/letter.doc"])
            try await eventually("the folder to be put away") {
                FileSystem.exists(daemon.layout.accepted(receipt.dropID, day: receipt.at.day).appending(name).appending("links.txt"))
            }
        }
    }

    @Test func linksAreRefusedAndNotFollowed() async throws {
        try FileManager.default.createSymbolicLink(atPath: incoming.appending("link.txt").string, withDestinationPath: "/etc/passwd")
        let receipt = try await daemon.receipt(for: "link.txt")
        #expect(receipt.outcome == .rejected)
        #expect(receipt.refused.first?.reason.contains("symbolic link") == true)
    }
}
