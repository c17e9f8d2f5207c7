import FoundationEssentials
import SpoolFiles
import SystemPackage

/// How fast ten thousand drops are taken that come at once, beside what the file system can do.
struct Burst {
    let place: FilePath
    let binary: String
    private static let count = 10_000

    func measure() async throws {
        let daemon = MeasuredDaemon(place: place, binary: binary, settings: [MeasuredDaemon.noWork, "report.delay_seconds=3600"])
        try await daemon.start()
        let staging = place.appending("staging")
        try FileSystem.makeFolder(staging)
        for number in 0..<Self.count {
            try AtomicFile.write(
                Data("https://example.org/\(number).mp4\n".utf8), to: staging.appending("\(number).txt"), durability: .view)
        }
        let begin = ContinuousClock.now
        for number in 0..<Self.count {
            try FileSystem.move(staging.appending("\(number).txt"), to: daemon.layout.control(.incoming).appending("\(number).txt"))
        }
        for number in 0..<Self.count {
            while !FileSystem.exists(daemon.receipt("\(number).txt")) { try await Task.sleep(for: .milliseconds(5)) }
        }
        let ours = Double(Self.count) / (ContinuousClock.now - begin).seconds
        daemon.kill()
        let ceiling = try Ceiling(place: place).measure()
        Table.add(
            .init(
                what: "10,000 drops at once, until all are answered", ours: "\(rounded(ours)) drops/s",
                comparison: "bare file work of a drop: \(rounded(ceiling.drops))/s", ratio: rounded(ours / ceiling.drops),
                budget: "3000 drops/s", isKept: ours >= 3000))
        Table.add(
            .init(
                what: "  the file system's own ceiling", ours: "\(rounded(ceiling.files)) files/s",
                comparison: "\(rounded(ceiling.renames)) renames/s, \(rounded(ceiling.syncs)) synced writes/s", ratio: "", budget: "",
                isKept: nil))
    }
}

/// What the file system can do by itself, one call after another.
struct Ceiling {
    let place: FilePath

    struct Rates {
        /// Small files written and renamed, a second.
        let files: Double
        let renames: Double
        /// Small files written and synced, a second.
        let syncs: Double
        /// What each drop cannot do without, and nothing else: its claim's folder, two renames, the job's folder, two small files.
        let drops: Double
    }

    func measure() throws -> Rates {
        let folder = place.appending("ceiling")
        try FileSystem.makeFolder(folder)
        func rate(_ count: Int, _ body: (Int) throws -> Void) rethrows -> Double {
            let begin = ContinuousClock.now
            for number in 0..<count { try body(number) }
            return Double(count) / (ContinuousClock.now - begin).seconds
        }
        let text = Data("https://example.org/talk.mp4 https://example.org/talk.mp4\n".utf8)
        let files = try rate(5000) { try AtomicFile.write(text, to: folder.appending("f\($0)"), durability: .view) }
        let renames = try rate(5000) { try FileSystem.move(folder.appending("f\($0)"), to: folder.appending("r\($0)")) }
        let syncs = try rate(200) { try AtomicFile.write(text, to: folder.appending("s\($0)"), durability: .durable) }
        let (claimed, accepted) = (folder.appending("claimed"), folder.appending("accepted"))
        for path in [claimed, accepted] { try FileSystem.makeFolder(path) }
        let receipt = Data(String(repeating: "x", count: 700).utf8)
        let drops = try rate(5000) { number in
            let claim = claimed.appending("\(number)")
            try FileSystem.makeFolder(claim)
            try FileSystem.move(folder.appending("r\(number)"), to: claim.appending("talk.txt"))
            let job = folder.appending("j\(number)")
            try FileSystem.makeFolder(job)
            try AtomicFile.write(receipt, to: job.appending("status.json"), durability: .view)
            try AtomicFile.write(receipt, to: folder.appending("a\(number)"), durability: .view)
            try FileSystem.move(claim, to: accepted.appending("\(number)"))
        }
        return Rates(files: files, renames: renames, syncs: syncs, drops: drops)
    }
}
