import ArgumentParser
import SpoolFiles
import SystemPackage

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one job or one finished video with its transcript.",
        discussion: "Takes a job id or a video id. With --json: status.json of the job, or metadata.json of the video.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("A job id or a video id.", valueName: "job or video"))
    var id: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        let layout = settings.layout
        if let sidecar = SidecarReader(layout: layout).job(id) {
            if json { print(String(decoding: SpoolJSON.data(sidecar), as: UTF8.self), terminator: "") } else { show(sidecar) }
            return
        }
        // The id becomes a path: one name, nothing that leads elsewhere.
        guard let name = FilePath.Component(id), name.kind == .regular, !id.hasPrefix(".") else {
            throw CommandError.notFound("\(id) is no job and no video")
        }
        let bundle = layout.videos.appending(name)
        guard FileSystem.exists(bundle.appending(BundleManifest.name)) else {
            throw CommandError.notFound("there is no job and no finished video \(id) in \(settings.spool.string)")
        }
        let metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
        if json {
            print(String(decoding: SpoolJSON.data(metadata), as: UTF8.self), terminator: "")
        } else {
            print(Terminal.bold(Terminal.plain(metadata.title)))
            for (label, value) in [("video", id), ("from", metadata.url ?? metadata.file ?? ""), ("bundle", bundle.string)] {
                print("\(Terminal.column(label, 10))\(Terminal.plain(value))")
            }
            let text = String(decoding: try FileSystem.read(bundle.appending("transcript.txt")), as: UTF8.self)
            print(
                "\n\(text.split(separator: "\n", omittingEmptySubsequences: false).map { Terminal.plain(String($0)) }.joined(separator: "\n"))",
                terminator: "")
        }
    }

    private func show(_ job: StatusSidecar) {
        let table = JobTable(width: Terminal.width)
        print(table.line(job))
        if let note = table.note(job) { print(note) }
        let facts: [(String, String?)] = [
            ("drop", job.drop), ("url", job.url), ("video", job.videoID), ("bundle", job.bundle), ("for", job.userID),
            ("priority", String(job.priority)),
            ("created", job.createdAt.rfc3339), ("ended", job.completedAt?.rfc3339),
        ]
        for (label, value) in facts { if let value { print("\(Terminal.column(label, 10))\(Terminal.plain(value))") } }
        for warning in job.warnings { print("warning   \(Terminal.plain(warning))") }
        for attempt in job.attempts {
            let took = attempt.endedAt.map { " after \($0.seconds(since: attempt.startedAt)) s" } ?? ""
            print(
                "attempt   \(attempt.stage.label): \(attempt.outcome ?? "running")\(took)\(attempt.error.map { ": \(Terminal.plain($0.message))" } ?? "")"
            )
        }
    }
}
