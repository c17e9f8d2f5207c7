import Foundation
import SpoolFiles
import SystemPackage

/// Ten thousand drops of mixed kinds, each tenth broken, while the daemon is killed every two seconds: what is left must add up.
struct Kills {
    let place: FilePath
    let binary: String
    private static let count = 10_000

    func measure() async throws {
        let daemon = MeasuredDaemon(place: place, binary: binary, settings: [MeasuredDaemon.noWork, "report.delay_seconds=3600"])
        let layout = daemon.layout
        try await daemon.start()
        let staging = place.appending("staging")
        try FileSystem.makeFolder(staging)
        var names: [String] = []
        for number in 0..<Self.count {
            let url = "https://example.org/\(number)"
            let (name, text) =
                switch number % 10 {
                case 0: ("\(number).json", "{\"url\": \(number)}")
                case 1: ("\(number).jsonl", "{\"url\": \"\(url)a.mp4\"}\n{\"url\": \"\(url)b.mp4\"}\n")
                case 2: ("\(number).yaml", "- url: \(url)a.mp4\n- url: \(url)b.mp4\n")
                case 3: ("\(number).url", "[InternetShortcut]\r\nURL=\(url).mp4\r\n")
                case 4: ("\(number).wav", "RIFF\u{0}")
                default: ("\(number).txt", "\(url).mp4\n")
                }
            try AtomicFile.write(Data(text.utf8), to: staging.appending(name), durability: .view)
            names.append(name)
        }
        let begin = ContinuousClock.now
        var kills = 0
        var nextKill = begin + .seconds(2)
        func killNowAndThen() async throws {
            guard ContinuousClock.now >= nextKill else { return }
            daemon.kill()
            kills += 1
            try await daemon.start()
            nextKill = .now + .seconds(2)
        }
        for (index, name) in names.enumerated() {
            try FileSystem.move(staging.appending(name), to: layout.control(.incoming).appending(name))
            if index % 100 == 99 { try await Task.sleep(for: .milliseconds(100)) }
            try await killNowAndThen()
        }
        for name in names {
            while !FileSystem.exists(daemon.receipt(name)) {
                try await Task.sleep(for: .milliseconds(20))
                try await killNowAndThen()
            }
        }
        while try !FileSystem.list(layout.claimed).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        var jobs = 0
        var rejected = 0
        for name in names {
            let receipt = try SpoolJSON.read(Receipt.self, at: daemon.receipt(name))
            jobs += receipt.jobs.count
            if receipt.outcome == .rejected { rejected += 1 }
        }
        // A kill may leave a hidden file that was being written.
        let receipts = try FileSystem.list(layout.receipts(.incoming)).count { !$0.string.hasPrefix(".") }
        let isRight = receipts == Self.count && jobs == 11_000 && rejected == 1000
        Table.add(
            .init(
                what: "10,000 mixed drops, \(kills) kills", ours: "\(receipts) receipts",
                comparison: "\(jobs) of 11000 jobs, \(rejected) of 1000 rejected, \(rounded((ContinuousClock.now - begin).seconds)) s",
                ratio: "",
                budget: "all add up", isKept: isRight))
    }
}
