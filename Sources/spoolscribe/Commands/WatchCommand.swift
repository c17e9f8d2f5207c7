import ArgumentParser
import SpoolFiles
import SystemPackage

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Show the progress of one job until it ends.",
        discussion:
            "Reads the status files of the share. Takes the id of a job or a video, or the name of a drop with one job. Exit code 0 if the job completed, 1 if it failed or was cancelled, 3 if there is none. With --json: a JSON line for each change."
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The id of a job or a video, or the name of a drop.", valueName: "target"))
    var target: String

    @Flag(help: "Print a JSON line for each change.")
    var json = false

    func run() async throws {
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        let reader = SidecarReader(layout: settings.layout)
        let warning = settings.daemonWarning
        if reader.isUntaken(target), let warning { Terminal.warn(warning) }
        while reader.isUntaken(target) { try await Task.sleep(for: .milliseconds(250)) }
        let found = try reader.onlyJob(named: target)
        if !found.status.hasEnded, let warning { Terminal.warn(warning) }
        let job = found.jobID
        var last: StatusSidecar?
        var drawn = 0
        while true {
            guard let now = reader.job(job) else {
                throw CommandError.notFound("job \(job) was removed while it was watched")
            }
            if now != last {
                show(now, &drawn)
                last = now
            }
            if now.isResting { return }
            if now.status.hasEnded {
                if now.status == .completed { return }
                throw CommandError.failed(
                    now.status == .cancelled
                        ? "job \(job) was \(now.waitReason ?? "cancelled")" : "job \(job) failed: \(now.error?.description ?? "")")
            }
            // A share may be on another machine, where nothing tells of changes.
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private func show(_ job: StatusSidecar, _ drawn: inout Int) {
        if json { return print(String(decoding: SpoolJSON.line(job), as: UTF8.self), terminator: "") }
        let table = JobTable(width: Terminal.width)
        let lines = [table.line(job)] + (job.status.hasEnded ? [] : [table.shortNote(job)].compactMap { $0 })
        if drawn > 0, Terminal.isInteractive { print("\u{1B}[\(drawn)A\u{1B}[J", terminator: "") }
        for line in lines { print(line) }
        drawn = lines.count
    }
}
