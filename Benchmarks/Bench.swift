import ArgumentParser
import Foundation
import SpoolFiles
import SystemPackage

/// Measures against the budgets, each figure beside its comparison in the same run.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure against the budgets, each figure beside its comparison.")

    enum Part: String, CaseIterable, ExpressibleByArgument {
        case latency, burst, jobs, picking, memory, comments, search, kills, transcription, report
    }

    @Argument(help: "What to measure; by default everything but transcription and report, which take long.")
    var parts: [Part] = Part.allCases.filter { ![.transcription, .report].contains($0) }

    @Option(help: "The release binary.")
    var binary = ".build/release/spoolscribe"

    @Option(help: "The Python with Celery; without it the comparison with the replaced design is left out.")
    var celeryPython: String?

    @Option(help: "Where spools are made: on the file system that is to be measured.")
    var folder = FileManager.default.temporaryDirectory.path

    func run() async throws {
        let root = FilePath(folder).appending("spoolscribe-bench-\(ProcessInfo.processInfo.processIdentifier)")
        try FileSystem.makeFolder(root)
        defer { try? FileSystem.remove(root) }
        Table.head()
        for part in parts {
            let place = root.appending(part.rawValue)
            try FileSystem.makeFolder(place)
            switch part {
            case .latency: try await Latency(place: place, binary: binary).measure()
            case .burst: try await Burst(place: place, binary: binary).measure()
            case .jobs: try await IdleJobs(place: place, python: celeryPython).measure()
            case .picking: try await Picking(place: place).measure()
            case .memory: try await Memory(place: place, binary: binary).measure()
            case .comments: try await Comments(place: place, binary: binary).measure()
            case .search: try await Search(place: place).measure()
            case .transcription: try await Transcription(place: place, binary: binary).measure()
            case .report: try await ReportPages(place: place, binary: binary).measure()
            case .kills: try await Kills(place: place, binary: binary).measure()
            }
            try FileSystem.remove(place)
        }
    }
}
