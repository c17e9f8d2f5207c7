import FoundationEssentials
import SpoolFiles
import Synchronization
import SystemPackage

/// yt-dlp as a child process, for every address that is not simply a media file.
struct YtDlp: Sendable {
    let toolbox: Toolbox
    let settings: PipelineSettings

    struct Progress: Sendable {
        /// Bytes.
        var done: Double
        var total: Double?
        /// Bytes a second.
        var speed: Double?
        /// Seconds.
        var eta: Double?
    }

    /// Downloads into `source.*` in the folder, with the site's metadata in `info.json`. Continues what is there.
    /// - Parameter now: the store's time, from which announced times are counted.
    func download(
        _ url: String, into folder: FilePath, now: @Sendable () async -> Timestamp, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(StageFailure) {
        let child = ChildProcess(
            executable: toolbox.python,
            arguments: [Toolbox.ytDlpLauncher.string] + settings.network.allowAddresses.flatMap { ["--allow", $0.description] }
                + ["--"] + arguments + ["--", url],
            environment: ["PATH": "\(toolbox.python.removingLastComponent().string):/usr/local/bin:/usr/bin:/bin"],
            workingDirectory: folder, grace: settings.grace, stall: 2 * settings.network.stall + 600)
        let ending: ChildProcess.Ending
        let wasPassedOver = Flag()
        do {
            ending = try await child.run { line in
                if let update = Self.progress(from: line) { progress(update) }
                if line.contains("does not pass filter (live_status") { wasPassedOver.raise() }
            }
        } catch is ChildProcess.Stalled {
            throw .failed(Failure(.transient, "stalled", "yt-dlp got nothing from \(url) for a while"))
        } catch {
            if Task.isCancelled || error is CancellationError { throw .interrupted }
            throw .failed(
                Failure(
                    .local, "yt_dlp_missing", "yt-dlp could not be started: \(error)", hint: "Run the set-up again, or set tools.python"))
        }
        if Task.isCancelled { throw .interrupted }
        if ending.isSuccess, wasPassedOver.isRaised {
            throw .failed(
                Failure(
                    .notYet, "live_running", "\(url) is being broadcast now, or its recording is not finished",
                    hint: "It is fetched by itself when its recording is there"))
        }
        guard !ending.isSuccess else {
            try tidy(folder)
            return
        }
        if ending.wasKilled { throw .crashed(Failure(.permanent, "yt_dlp_died", "yt-dlp \(ending.words) on \(url)")) }
        throw .failed(YtDlpErrors.failure(from: ending.errorTail, url: url, at: await now()))
    }

    /// Raised by the thread that reads what yt-dlp writes.
    private final class Flag: Sendable {
        private let state = Atomic<Bool>(false)
        var isRaised: Bool { state.load(ordering: .relaxed) }
        func raise() { state.store(true, ordering: .relaxed) }
    }

    private var arguments: [String] {
        var list = [
            "--ignore-config", "--no-cache-dir", "--no-colors", "--newline", "--progress", "--no-mtime", "--no-playlist",
            "--playlist-items", "1", "--no-write-playlist-metafiles", "--write-info-json", "--clean-info-json",
            "--no-write-comments", "--continue", "--socket-timeout", "30", "--retries", "3", "--fragment-retries", "3",
            // A stream without an end, or one whose recording the site is still making.
            "--match-filters", "live_status!=?is_live & live_status!=?post_live", "--max-filesize", String(settings.network.maxBytes),
            "--format", settings.network.format,
            "--output", "source.%(ext)s", "--output", "infojson:source.%(ext)s",
            "--progress-template",
            "download:SPOOL %(progress.downloaded_bytes)s %(progress.total_bytes)s %(progress.total_bytes_estimate)s %(progress.speed)s %(progress.eta)s",
        ]
        if let proxy = settings.network.proxy { list += ["--proxy", proxy] }
        if let plugins = toolbox.plugins { list += ["--plugin-dirs", plugins.string] }
        if let cookies = settings.network.cookies { list += ["--cookies", cookies.string] }
        return list
    }

    static func progress(from line: String) -> Progress? {
        let fields = line.split(separator: " ")
        guard fields.count == 6, fields[0] == "SPOOL", let done = Double(fields[1]), done.isFinite else { return nil }
        func number(_ field: Substring) -> Double? { Double(field).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } }
        return Progress(
            done: done, total: number(fields[2]) ?? number(fields[3]), speed: number(fields[4]), eta: number(fields[5]))
    }

    /// Gives the metadata file the name by which later stages know it.
    private func tidy(_ folder: FilePath) throws(StageFailure) {
        do {
            for name in try FileSystem.list(folder) where name.string.hasSuffix(".info.json") {
                try FileSystem.move(folder.appending(name), to: folder.appending(JobFiles.siteMetadata))
            }
        } catch {
            throw .failed(.local(writing: folder, error.errno))
        }
    }
}
