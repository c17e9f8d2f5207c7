import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Drops that nobody should make, and folders that are still being filled.
@Suite(.serialized) struct HostileDropTests {
    private let folder: TemporaryFolder
    private let daemon: Daemon
    private var incoming: FilePath { daemon.layout.control(.incoming) }

    init() async throws {
        folder = try TemporaryFolder()
        daemon = Daemon(spool: folder.path.appending("spool"), set: ["disk.floor=1125899906842624"])
        try await daemon.start()
    }

    @Test func linksPipesAndSocketsAreRefusedWhereverTheyLie() async throws {
        let collection = folder.path.appending("Collection")
        try FileSystem.makeFolder(collection)
        try folder.write("https://example.org/a.mp4", to: "Collection/good.txt")
        for place in [incoming, collection] {
            try FileManager.default.createSymbolicLink(atPath: place.appending("link.txt").string, withDestinationPath: "/etc/passwd")
            #expect(mkfifo(place.appending("pipe.txt").string, 0o666) == 0)
            try await Tool.run(
                "python3",
                ["-c", "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", place.appending("socket.txt").string])
        }
        try FileSystem.move(collection, to: incoming.appending("Collection"))
        for (name, words) in [("link.txt", "symbolic link"), ("pipe.txt", "not a regular file"), ("socket.txt", "not a regular file")] {
            let receipt = try await daemon.receipt(for: name)
            #expect(receipt.outcome == .rejected)
            #expect(receipt.refused.first?.reason.contains(words) == true)
        }
        let receipt = try await daemon.receipt(for: "Collection")
        #expect(receipt.jobs.count == 1)
        #expect(receipt.refused.map(\.file) == ["link.txt", "pipe.txt", "socket.txt"])
        for order in [ControlFolder.cancel, .update] {
            #expect(mkfifo(daemon.layout.control(order).appending("pipe").string, 0o666) == 0)
            #expect(try await daemon.receipt(for: "pipe", in: order).outcome == .rejected)
        }
    }

    @Test func whatLiesBesideARecordingIsLookedAtToo() async throws {
        let source = folder.path.appending("Beside")
        try FileSystem.makeFolder(source)
        try await Speech.wav(Speech.library, at: source.appending("talk.wav"))
        #expect(mkfifo(source.appending("talk.vtt").string, 0o666) == 0)
        #expect(mkfifo(source.appending("pipe.wav").string, 0o666) == 0)
        try FileManager.default.createSymbolicLink(atPath: source.appending("talk.jpg").string, withDestinationPath: "/etc/passwd")
        try folder.write("{\"file\": \"pipe.wav\"}", to: "Beside/spec.json")
        try FileSystem.move(source, to: incoming.appending("Beside"))
        let receipt = try await daemon.receipt(for: "Beside")
        #expect(receipt.jobs.map(\.file) == ["talk.wav"])
        #expect(Set(receipt.refused.compactMap(\.file)) == ["talk.vtt", "talk.jpg", "spec.json", "pipe.wav"])
        #expect(try await daemon.ask("https://example.org/x.mp4", as: "next.txt", in: .incoming).jobs.count == 1)
    }

    @Test func aFolderThatIsStillBeingFilledIsWaitedFor() async throws {
        let source = folder.path.appending("Slow")
        try FileSystem.makeFolder(source)
        let writer = try FileDescriptor.open(
            source.appending("links.txt"), .writeOnly, options: .create, permissions: [.ownerReadWrite])
        try writer.writeAll("https://example.org/1.mp4\n".utf8)
        try FileSystem.move(source, to: incoming.appending("Slow"))
        // Another drop is taken meanwhile, so that the daemon has looked at both.
        try daemon.drop("https://example.org/x.mp4", as: "meanwhile.txt")
        _ = try await daemon.receipt(for: "meanwhile.txt")
        #expect(FileSystem.exists(incoming.appending("Slow")))
        try writer.writeAll("https://example.org/2.mp4\n".utf8)
        try writer.close()
        #expect(try await daemon.receipt(for: "Slow").jobs.count == 2)
    }

    @Test func aDeepFolderIsReadAsFarAsAnybodyGoes() async throws {
        var path = folder.path.appending("Deep")
        try FileSystem.makeFolder(path)
        try folder.write("https://example.org/top.mp4", to: "Deep/top.txt")
        for _ in 0..<60 {
            path.append("d")
            try FileSystem.makeFolder(path)
        }
        try FileSystem.move(folder.path.appending("Deep"), to: incoming.appending("Deep"))
        let receipt = try await daemon.receipt(for: "Deep")
        #expect(receipt.jobs.count == 1)
        #expect(receipt.refused.first?.reason.contains("folders deep") == true)
    }

    @Test func aDropWithoutRightsSaysWhatToDo() async throws {
        // Root may read everything, so that the daemon must be somebody else.
        guard geteuid() == 0 else { return try await withoutRights(daemon) }
        try await daemon.stop()
        let other = Daemon(
            spool: folder.path.appending("theirs"), set: ["disk.floor=1125899906842624"],
            through: ["/usr/sbin/runuser", "--user", "nobody", "--"])
        chmod(folder.path.string, 0o777)
        try await other.start()
        try await withoutRights(other)
        // Another's folder, which only its owner may write: it cannot be moved until the group may.
        let theirs = folder.path.appending("Theirs")
        try FileSystem.makeFolder(theirs, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
        try folder.write("https://example.org/b.mp4", to: "Theirs/b.txt")
        try FileSystem.move(theirs, to: other.layout.control(.incoming).appending("Theirs"))
        let stuck = try await other.receipt(for: "Theirs")
        #expect(stuck.outcome == .waiting)
        #expect(stuck.refused.first?.hint?.contains("chmod -R g+rwX 'Theirs'") == true)
        #expect(chmod(other.layout.control(.incoming).appending("Theirs").string, 0o777) == 0)
        #expect(chmod(other.layout.control(.incoming).appending("Theirs/b.txt").string, 0o644) == 0)
        #expect(try await other.receipt(for: "Theirs", after: stuck.dropID).jobs.count == 1)
        try await other.stop()
    }

    private func withoutRights(_ daemon: Daemon) async throws {
        let file = try folder.write("https://example.org/a.mp4", to: "closed.txt")
        #expect(chmod(file.string, 0) == 0)
        try FileSystem.move(file, to: daemon.layout.control(.incoming).appending("closed.txt"))
        let receipt = try await daemon.receipt(for: "closed.txt")
        #expect(receipt.refused.first?.reason == "the daemon may not read it")
        #expect(receipt.refused.first?.hint?.contains("chmod g+r") == true)
        try await eventually("the drop to be put aside") {
            FileSystem.exists(daemon.layout.rejected(.incoming).appending("closed.txt"))
        }
    }
}
