import ArgumentParser
import Jobs
import Report
import SpoolFiles
import SystemPackage

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one job or one finished video with its transcript.",
        discussion:
            "Takes the id of a job or a video, or the name of a drop with one job. With --json: status.json of the job, or metadata.json of the video."
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The id of a job or a video, or the name of a drop.", valueName: "target"))
    var target: String

    @Option(
        help: ArgumentHelp(
            "Print the path of one of the video's files instead: video, audio, thumbnail, txt, md, srt, vtt, json, metadata, chapters, comments, captions, relations.",
            valueName: "kind"
        ))
    var file: String?

    @Flag(help: "Print JSON.")
    var json = false

    private static let files = [
        "video": "media/video.", "audio": "media/audio.", "thumbnail": "media/thumbnail.", "txt": "transcript.txt", "srt": "transcript.srt",
        "tsv": "transcript.tsv", "lrc": "transcript.lrc",
        "md": "transcript.md", "chapters": Chapters.name, "comments": Comment.name, "captions": "captions/",
        "relations": Relations.name, "vtt": "transcript.vtt", "json": Transcript.name, "metadata": VideoMetadata.name,
    ]

    func validate() throws {
        if let file, Self.files[file] == nil {
            throw ValidationError("--file is one of \(Self.files.keys.sorted().joined(separator: ", "))")
        }
    }

    func run() async throws {
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        let reader = SidecarReader(layout: settings.layout)
        // Of a finished job, the files are its video's.
        let videoID = file == nil ? nil : reader.jobs(named: target).first?.videoID
        if file != nil || reader.job(target) == nil, let (bundle, manifest) = reader.video(named: videoID ?? target) {
            if let file { return try printPath(of: file, manifest, bundle) }
            let metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
            if json {
                print(String(decoding: SpoolJSON.data(metadata), as: UTF8.self), terminator: "")
            } else {
                try show(metadata, manifest, bundle)
            }
            return
        }
        let job = try reader.onlyJob(named: target)
        if file != nil {
            throw CommandError.notReady(
                "job \(job.jobID) is \(job.status.label) and has no files yet", hint: "spoolscribe watch \(job.jobID) tells when")
        }
        if !job.status.hasEnded, let warning = settings.daemonWarning { Terminal.warn(warning) }
        if json { print(String(decoding: SpoolJSON.data(job), as: UTF8.self), terminator: "") } else { show(job) }
    }

    private func printPath(of kind: String, _ manifest: BundleManifest, _ bundle: FilePath) throws {
        guard let start = Self.files[kind], let path = manifest.files.map(\.path).first(where: { $0.hasPrefix(start) }) else {
            let kept = Self.files.filter { kept in manifest.files.contains { $0.path.hasPrefix(kept.value) } }.keys.sorted()
            throw CommandError.notFound("\(manifest.videoID) has no \(kind)", hint: "It has \(kept.joined(separator: ", "))")
        }
        print(path.split(separator: "/").reduce(bundle) { $0.appending(String($1)) }.string)
    }

    private func show(_ metadata: VideoMetadata, _ manifest: BundleManifest, _ bundle: FilePath) throws {
        print(Terminal.bold(Terminal.plain(metadata.title)))
        let media = manifest.files.filter { $0.path.hasPrefix("media/") }.map(\.path).joined(separator: ", ")
        let captions = manifest.files.map(\.path).filter { $0.hasPrefix("captions/") }
        let also = [Chapters.name, Comment.name, Relations.name].filter { name in manifest.files.contains { $0.path == name } }
        let earlier = manifest.files.count { $0.path.hasPrefix("transcripts/") }
        let facts: [(String, String?)] = [
            ("video", metadata.videoID), ("from", metadata.url ?? metadata.file), ("channel", metadata.channel),
            ("date", metadata.uploadDate), ("length", PeopleFormat.clock(metadata.media.duration)), ("language", metadata.language),
            ("tags", metadata.tags.isEmpty ? nil : metadata.tags.joined(separator: ", ")),
            (
                "text",
                (try? Transcript.readWithoutWords(at: bundle.appending(Transcript.name))).map { PeopleFormat.maker($0.provenance) }
            ),
            ("job", manifest.jobID), ("for", metadata.userID), ("bundle", bundle.string), ("media", media.isEmpty ? "not kept" : media),
            ("captions", captions.isEmpty ? nil : captions.joined(separator: ", ")),
            ("also", also.isEmpty ? nil : also.joined(separator: ", ")),
            ("source", metadata.sourceGone.map { "gone: \($0.reason), found on \($0.at.day)" }),
            ("warning", manifest.warnings?.joined(separator: "; ")),
            ("earlier", earlier == 0 ? nil : "\(earlier) transcript\(earlier == 1 ? "" : "s") in transcripts/"),
        ]
        for (label, value) in facts { if let value { print("\(Terminal.column(label, 10))\(Terminal.plain(value))") } }
        let text = String(decoding: try FileSystem.read(bundle.appending("transcript.txt")), as: UTF8.self)
        print(
            "\n\(text.split(separator: "\n", omittingEmptySubsequences: false).map { Terminal.plain(String($0)) }.joined(separator: "\n"))",
            terminator: "")
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
        if job.status == .failed || job.status == .cancelled, job.manualRetryCount < JobTransition.manualRetryLimit {
            print("\(Terminal.column("retry", 10))spoolscribe retry \(job.jobID), or an empty file of that name in retry/")
        }
        if let list = job.list {
            print("list      \(Terminal.plain(list.words))")
            for (label, items) in [("not had", list.unavailable), ("gone", list.gone)] {
                for item in items {
                    print(
                        "\(Terminal.column(label, 10))\(Terminal.plain([item.title ?? item.url, item.reason].compactMap { $0 }.joined(separator: ": ")))"
                    )
                }
            }
        }
        for warning in job.warnings { print("warning   \(Terminal.plain(warning))") }
        for attempt in job.attempts {
            let took = attempt.endedAt.map { " after \($0.seconds(since: attempt.startedAt)) s" } ?? ""
            print(
                "attempt   \(attempt.stage.label): \(attempt.outcome ?? "running")\(took)\(attempt.error.map { ": \(Terminal.plain($0.message))" } ?? "")"
            )
        }
    }
}
