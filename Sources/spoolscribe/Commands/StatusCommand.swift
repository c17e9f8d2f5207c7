import ArgumentParser
import Foundation
import SpoolFiles
import SystemPackage

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how far jobs are: one, or all that are under way and the last that ended.",
        discussion:
            "Takes ids of jobs or videos, and names of drops. Reads the status files of the share only. With --json: one JSON value for one job, else JSON lines."
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The id of a job or a video, or the name of a drop.", valueName: "target"))
    var target: String?

    @Flag(help: "Go on showing until no job is under way.")
    var follow = false

    @Flag(help: "Print status files as JSON.")
    var json = false

    @Option(help: "How many ended jobs to show.")
    var ended = 10

    func run() async throws {
        let settings = try await Settings(options: global)
        let reader = SidecarReader(layout: settings.layout)
        try settings.requireSpool()
        if let target {
            let jobs = reader.jobs(named: target)
            guard !jobs.isEmpty else { throw reader.notFound(target) }
            if json, jobs.count == 1 {
                print(String(decoding: SpoolJSON.data(jobs[0]), as: UTF8.self), terminator: "")
            } else if json {
                for job in jobs { print(String(decoding: SpoolJSON.line(job), as: UTF8.self), terminator: "") }
            } else {
                show(jobs)
            }
        } else if json {
            for sidecar in reader.open() + reader.ended(limit: ended) {
                print(String(decoding: SpoolJSON.line(sidecar), as: UTF8.self), terminator: "")
            }
        } else if follow {
            try await self.follow(reader, settings.layout)
        } else {
            let jobs = reader.open() + reader.ended(limit: ended)
            // Before what is told of work that nobody does.
            if let warning = settings.daemonWarning { print(warning) }
            if jobs.isEmpty { print("No jobs yet. Drop a link or a recording into \(settings.layout.control(.incoming).string)") }
            show(jobs)
            for line in settings.daemonNotes { print(line) }
            let waiting = try reader.drops()
            if !waiting.isEmpty {
                print(
                    "In incoming/, not taken yet: \(waiting.prefix(5).map(Terminal.plain).joined(separator: ", "))\(waiting.count > 5 ? " and \(waiting.count - 5) more" : "")"
                )
            }
        }
    }

    private func show(_ jobs: [StatusSidecar]) {
        for line in lines(jobs) { print(line) }
    }

    private func lines(_ jobs: [StatusSidecar]) -> [String] {
        let table = JobTable(width: Terminal.width)
        return jobs.flatMap { [table.line($0)] + (table.note($0).map { [$0] } ?? []) }
    }

    /// On a terminal the table is drawn in place; elsewhere each change is a line.
    private func follow(_ reader: SidecarReader, _ layout: SpoolLayout) async throws {
        var drawn = 0
        var last: [String: String] = [:]
        while true {
            let open = reader.open()
            let jobs = open + reader.ended(limit: ended)
            if Terminal.isInteractive {
                let table = JobTable(width: Terminal.width)
                // One line of the terminal each: a wrapped line could not be drawn over.
                let lines = jobs.flatMap { [table.line($0)] + (table.shortNote($0).map { [$0] } ?? []) }
                if drawn > 0 { print("\u{1B}[\(drawn)A\u{1B}[J", terminator: "") }
                for line in lines { print(line) }
                drawn = lines.count
            } else {
                for job in jobs {
                    let label = Terminal.plain(job.title ?? job.spec.file ?? job.url ?? job.drop)
                    let text = "\(job.jobID) \(job.status.rawValue) \(Int(job.progressPercent))% \(label)"
                    if last.updateValue(text, forKey: job.jobID) != text { print(text) }
                }
            }
            let waiting = try !SidecarReader(layout: layout).drops().isEmpty
            let claimed = try !FileSystem.list(layout.claimed).isEmpty
            if open.allSatisfy(\.isResting), !waiting, !claimed { return }
            try await Task.sleep(for: .milliseconds(300))
        }
    }
}
