import FoundationEssentials
import SpoolFiles
import SystemPackage

/// How long a single drop waits for its answer.
struct Latency {
    let place: FilePath
    let binary: String

    func measure() async throws {
        let daemon = MeasuredDaemon(place: place, binary: binary, settings: [MeasuredDaemon.noWork, "report.delay_seconds=3600"])
        try await daemon.start()
        var waits: [Double] = []
        var plain: [Double] = []
        for number in 0..<500 {
            let file = place.appending("\(number).txt")
            try AtomicFile.write(Data("https://example.org/\(number).mp4\n".utf8), to: file, durability: .view)
            let begin = ContinuousClock.now
            try FileSystem.move(file, to: daemon.layout.control(.incoming).appending("\(number).txt"))
            // Looked at without pause: sleeping is longer than what is measured.
            while !FileSystem.exists(daemon.receipt("\(number).txt")) { await Task.yield() }
            waits.append((ContinuousClock.now - begin).seconds * 1000)
            // The least that a durable answer costs: one small file, synced with its folder.
            let least = ContinuousClock.now
            try AtomicFile.write(Data("answer".utf8), to: place.appending("plain"), durability: .durable)
            plain.append((ContinuousClock.now - least).seconds * 1000)
        }
        for (part, name, budget) in [(0.5, "p50", 5.0), (0.99, "p99", 25.0)] {
            let (ours, other) = (waits.quantile(part), plain.quantile(part))
            Table.add(
                .init(
                    what: "drop moved in until its receipt, \(name)", ours: "\(rounded(ours)) ms",
                    comparison: "one file written and synced: \(rounded(other)) ms", ratio: rounded(ours / other),
                    budget: "\(rounded(budget)) ms", isKept: ours <= budget))
        }
    }
}
