import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Many drops of all kinds, while the daemon is killed again and again: each is answered once, and nothing is left over.
@Suite(.serialized) struct ManyDropsTests {
    /// `make bench` does the same with ten thousand, on the release binary.
    private static let count = 2000

    private let folder: TemporaryFolder
    private let daemon: Daemon
    private var layout: SpoolLayout { daemon.layout }

    init() throws {
        folder = try TemporaryFolder()
        // No stage starts: this is about taking and answering.
        daemon = Daemon(spool: folder.path.appending("spool"), set: ["disk.floor=1125899906842624", "report.delay_seconds=3600"])
    }

    private func isAnswered(_ name: String) -> Bool { FileSystem.exists(layout.receipt(for: name, in: .incoming)) }

    /// What was dropped under a name, and how many jobs and refusals its receipt must have.
    private struct Expected {
        let jobs: Int
        let refused: Int
    }

    /// One of the kinds, by its number; each tenth is broken.
    private func write(_ number: Int, to staging: FilePath) throws -> (name: String, expected: Expected) {
        let url = "https://example.org/\(number)"
        let (name, text, jobs, refused): (String, String, Int, Int) =
            switch number % 10 {
            case 0: ("\(number).json", "{\"url\": \(number)}", 0, 1)
            case 1: ("\(number).txt", "\(url)a.mp4\n\(url)b.mp4\nnot a link\n", 2, 1)
            case 2: ("\(number).json", "{\"url\": \"\(url).mp4\", \"priority\": 2}", 1, 0)
            case 3: ("\(number).jsonl", "{\"url\": \"\(url)a.mp4\"}\n{\"url\": \"\(url)b.mp4\"}\n", 2, 0)
            case 4: ("\(number).yaml", "- url: \(url)a.mp4\n- url: \(url)b.mp4\n- url: \(url)c.mp4\n", 3, 0)
            case 5: ("\(number).url", "[InternetShortcut]\r\nURL=\(url).mp4\r\n", 1, 0)
            case 6: ("\(number).wav", "RIFF\u{0}\u{0}", 1, 0)
            // The same address in every one of them.
            case 7: ("\(number)", "https://example.org/same.mp4", 1, 0)
            case 8: ("\(number).desktop", "[Desktop Entry]\nType=Link\nURL=\(url).mp4\n", 1, 0)
            default: ("\(number).txt", "\(url).mp4", 1, 0)
            }
        try AtomicFile.write(Data(text.utf8), to: staging.appending(name), durability: .view)
        return (name, Expected(jobs: jobs, refused: refused))
    }

    @Test func manyDropsAndAKillWhileEachTenthIsTaken() async throws {
        try await daemon.start()
        let staging = folder.path.appending("spool/.staging")
        try FileSystem.makeFolder(staging)
        var expected: [String: Expected] = [:]
        for number in 0..<Self.count {
            let (name, wanted) = try write(number, to: staging)
            expected[name] = wanted
        }
        let incoming = layout.control(.incoming)
        let names = expected.keys.sorted()
        // A tenth at a time; a kill while each is being taken, at another point of it every time.
        let tenth = Self.count / 10
        for part in 0..<10 {
            for name in names[(part * tenth)..<((part + 1) * tenth)] {
                try FileSystem.move(staging.appending(name), to: incoming.appending(name))
            }
            let last = names[part * tenth + tenth / 10 + tenth / 15 * part]
            try await eventually("some of the drops to be answered") { isAnswered(last) }
            daemon.kill()
            try await daemon.start()
        }
        for name in names { try await eventually("\(name) to be answered", within: 180) { isAnswered(name) } }
        try await eventually("every drop to be put away") { try FileSystem.list(layout.claimed).isEmpty }

        var jobs = 0
        var distinct: Set<String> = []
        for (name, wanted) in expected {
            let receipt = try SpoolJSON.read(Receipt.self, at: layout.receipt(for: name, in: .incoming))
            #expect(receipt.jobs.count == wanted.jobs, "\(name)")
            #expect(receipt.refused.count == wanted.refused, "\(name)")
            jobs += receipt.jobs.count
            distinct.formUnion(receipt.jobs.map(\.jobID))
        }
        #expect(jobs == 13 * tenth)
        // All drops of one address made one job.
        #expect(distinct.count == jobs - (tenth - 1))
        let listed = try SpoolJSON.decode(
            ListedPage.self,
            from: Data(try await Command.run(["list", "--json", "--limit", "0", "--spool", layout.root.string]).output.utf8))
        #expect(listed.total == distinct.count)
        // The broken ones with their reasons, and the reasons of those that were used in part. A kill may leave a hidden file that was
        // being written.
        #expect(try FileSystem.list(layout.rejected(.incoming)).count { !$0.string.hasPrefix(".") } == 3 * tenth)
        #expect(try FileSystem.list(incoming).map(\.string) == ["README.txt"])
        let accepted = try await Tool.run("find", [layout.accepted.string, "-type", "f"]).split(separator: "\n")
        #expect(accepted.count == 9 * tenth)
        // One folder for each job, wherever it stands; some move while they are counted.
        try await eventually("each job to have its folder") {
            let found = try await Tool.run("find", [layout.jobs.string, "-name", SpoolLayout.sidecarName]).split(separator: "\n")
            let jobIDs = found.compactMap { FilePath(String($0)).removingLastComponent().lastComponent?.string }
            return jobIDs.count == distinct.count && Set(jobIDs) == distinct
        }
        daemon.kill()
    }

    @Test func controlDropsAmongThemAreAnsweredOnceToo() async throws {
        try await daemon.start()
        let receipts = try await (0..<300).asyncMap { number -> Receipt in
            try daemon.drop("https://example.org/\(number).mp4", as: "\(number).txt")
            return try await daemon.receipt(for: "\(number).txt")
        }
        let jobIDs = receipts.flatMap(\.jobs).map(\.jobID)
        for (index, jobID) in jobIDs.enumerated() {
            try daemon.drop("", as: index % 2 == 0 ? jobID : "\(jobID).hard", in: index % 2 == 0 ? .cancel : .delete)
            if index % 60 == 59 {
                daemon.kill()
                try await daemon.start()
            }
        }
        for (index, jobID) in jobIDs.enumerated() {
            let isCancel = index % 2 == 0
            let receipt = try await daemon.receipt(for: isCancel ? jobID : "\(jobID).hard", in: isCancel ? .cancel : .delete)
            #expect(receipt.actions?.map(\.action) == [isCancel ? .cancelled : .removed], "\(receipt.refused)")
        }
        try await eventually("nothing to be left") { try FileSystem.list(layout.claimed).isEmpty }
        #expect(try daemon.sidecars().count == 150)
        #expect(try daemon.sidecars().allSatisfy { $0.status == .cancelled })
        try await daemon.stop()
    }

    @Test func aSecondDaemonNamesTheFirstAndAStaleLockIsNoObstacle() async throws {
        try await daemon.start()
        let second = try await Command.run(["run", "--spool", layout.root.string])
        #expect(second.code == 5)
        let host = try await Tool.run("hostname", []).trimmed
        #expect(second.errors.contains("process \(daemon.processID ?? -1) on \(host), since 20"))
        daemon.kill()
        #expect(FileSystem.exists(layout.lock))
        try await daemon.start()
        #expect(try await daemon.stop() == 0)
    }
}

extension Sequence {
    /// One after the other.
    func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
