import FoundationEssentials
import SpoolFiles
import SystemPackage

/// What the daemon takes while it has nothing to do, and while very many jobs wait.
struct Memory {
    let place: FilePath
    let binary: String

    func measure() async throws {
        let idle = MeasuredDaemon(place: place.appending("idle"), binary: binary, settings: ["disk.floor=0"])
        try FileSystem.makeFolder(place.appending("idle"))
        try await idle.start()
        try await Task.sleep(for: .seconds(3))
        let before = try idle.usage()
        try await Task.sleep(for: .seconds(10))
        let after = try idle.usage()
        // Threads that came or went meanwhile had work to do, and are not idle.
        let wakeUps = after.waits.compactMap { thread, count in before.waits[thread].map { count - $0 } }.reduce(0, +)
        Table.add(
            .init(
                what: "daemon idle", ours: "\(rounded(Double(after.bytes) / 1e6)) MB",
                comparison: "\(rounded(Double(wakeUps) / 10)) wake-ups a second", ratio: "", budget: "100 MB",
                isKept: after.bytes < 100_000_000))
        idle.kill()

        let busy = MeasuredDaemon(place: place.appending("busy"), binary: binary, settings: [MeasuredDaemon.noWork])
        try FileSystem.makeFolder(place.appending("busy"))
        try await busy.start()
        for list in 0..<10 {
            let links = (0..<10_000).map { "https://example.org/\(list)/\($0).mp4" }.joined(separator: "\n")
            try AtomicFile.write(Data(links.utf8), to: busy.layout.control(.incoming).appending(".\(list)"), durability: .view)
            try FileSystem.move(
                busy.layout.control(.incoming).appending(".\(list)"), to: busy.layout.control(.incoming).appending("\(list).txt"))
        }
        for list in 0..<10 {
            while !FileSystem.exists(busy.receipt("\(list).txt")) { try await Task.sleep(for: .milliseconds(100)) }
        }
        var peak = 0
        for _ in 0..<60 {
            peak = max(peak, try busy.usage().bytes)
            try await Task.sleep(for: .milliseconds(500))
        }
        Table.add(
            .init(
                what: "with 100,000 jobs waiting, the most in 30 s", ours: "\(rounded(Double(peak) / 1e6)) MB",
                comparison: "idle: \(rounded(Double(after.bytes) / 1e6)) MB", ratio: rounded(Double(peak) / Double(after.bytes)),
                budget: "100 MB", isKept: peak < 100_000_000))
    }
}
