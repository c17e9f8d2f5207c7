import FoundationEssentials
import SpoolFiles
import Subprocess
import SystemPackage

/// yt-dlp as a child process, one call a question, for every address that is not simply a media file.
///
/// What a site says of an address is asked once (`describe`); media and captions are then fetched by that answer, so that a site is not
/// asked the same again.
struct YtDlp: Sendable {
    let toolbox: Toolbox
    let settings: PipelineSettings
    /// The store's time, from which announced times are counted.
    let now: @Sendable () async -> Timestamp

    struct Progress: Sendable {
        /// Bytes.
        var done: Double
        var total: Double?
        /// Bytes a second.
        var speed: Double?
        /// Seconds.
        var eta: Double?
        /// Of a stream that comes in pieces.
        var fragment: Int?
        var fragments: Int?
    }

    // MARK: Questions

    /// What an address leads to. Nothing is fetched but what the site says of it.
    /// - Parameters:
    ///   - maxItems: of a list that many items are read, and one more, so that it is known whether there are more.
    ///   - keepsPicture: whether picture and sound are wanted, or the sound alone.
    func describe(_ url: String, maxItems: Int, keepsPicture: Bool, in folder: FilePath) async throws(StageFailure) -> SiteAnswer {
        let answer = Lines()
        try await call(
            ["--flat-playlist", "--no-playlist", "--playlist-items", "1:\(maxItems + 1)", "--dump-single-json"]
                + format(keepsPicture: keepsPicture),
            ["--", url], in: folder, about: url
        ) { if $0.hasPrefix("{") { answer.add($0) } }
        guard let text = answer.all.last else {
            throw .failed(Failure(.transient, "no_answer", "yt-dlp said nothing about \(url)"))
        }
        do {
            return try SiteAnswer(json: Data(text.utf8))
        } catch {
            throw .failed(Failure(.transient, "no_answer", "what yt-dlp said about \(url) could not be read: \(error)"))
        }
    }

    /// Fetches the media of a video into `source.*`, and its picture into `site_thumbnail.*`. Continues what is there.
    /// - Parameter info: a file with what `describe` has said.
    func download(
        _ info: FilePath, url: String, keepsPicture: Bool, into folder: FilePath, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(StageFailure) {
        let notes = Lines()
        try await call(
            [
                "--load-info-json", info.string, "--continue", "--write-thumbnail", "--no-mtime", "--max-filesize",
                String(settings.network.maxBytes), "--output", "source.%(ext)s", "--output", "thumbnail:site_thumbnail.%(ext)s",
                "--progress-template", Self.progressTemplate,
            ] + format(keepsPicture: keepsPicture),
            [], in: folder, about: url
        ) { line in
            if let update = Self.progress(from: line) { progress(update) }
            if line.contains("larger than max-filesize") { notes.add(line) }
        }
        if !notes.all.isEmpty {
            throw .failed(
                Failure(
                    .permanent, "too_large", "the video at \(url) is larger than the \(settings.network.maxBytes) bytes allowed",
                    hint: "Whoever runs the daemon can raise network.max_bytes, or set network.format to something smaller"))
        }
    }

    static let captionPrefix = "caption."

    /// Fetches captions into `caption.<language>.<format>`.
    /// - Parameters:
    ///   - info: a file with what `describe` has said.
    ///   - languages: under the site's names for them.
    func captions(
        _ info: FilePath, _ languages: [String], isAutomatic: Bool, url: String, into folder: FilePath
    ) async throws(StageFailure) {
        try await call(
            [
                "--load-info-json", info.string, "--skip-download", isAutomatic ? "--write-auto-subs" : "--write-subs", "--sub-langs",
                languages.joined(separator: ","), "--sub-format", isAutomatic ? "json3/vtt/ttml/srt" : "vtt/ttml/srt/json3", "--output",
                "subtitle:\(Self.captionPrefix)%(ext)s",
            ], [], in: folder, about: url
        ) { _ in }
    }

    private static let commentMark = "SPOOL-COMMENT "
    private static let commentsMark = "SPOOL-COMMENTS "

    /// Asks for the comments of a video.
    /// - Parameter comment: sees each as it comes, as yt-dlp's JSON.
    func comments(
        _ url: String, limit: Int, in folder: FilePath, comment: @escaping @Sendable (Data) -> Void
    ) async throws(StageFailure) {
        try await call(
            [
                "--no-playlist", "--playlist-items", "1", "--skip-download", "--ignore-no-formats-error", "--write-comments",
                "--extractor-args", "youtube:comment_sort=\(settings.comments.sort);max_comments=\(limit)",
                // Those that an extractor knows without asking.
                "--print", "video:\(Self.commentsMark)%(comments|[])j",
            ], ["--", url], launcher: ["--comments", String(limit)], in: folder, about: url
        ) { line in
            if line.hasPrefix(Self.commentMark) {
                comment(Data(line.utf8.dropFirst(Self.commentMark.utf8.count)))
            } else if line.hasPrefix(Self.commentsMark) {
                SiteInfo.elements(of: Data(line.utf8.dropFirst(Self.commentsMark.utf8.count))).prefix(limit).forEach(comment)
            }
        }
    }

    /// yt-dlp's words for what is to be fetched.
    private func format(keepsPicture: Bool) -> [String] {
        ["--format", (keepsPicture ? settings.network.format : .audio).selection]
    }

    // MARK: The child

    /// One run of yt-dlp to its good end.
    /// - Parameter line: sees each line of its standard output.
    func call(
        _ arguments: [String], _ addresses: [String], launcher: [String] = [], in folder: FilePath, about url: String,
        line: @escaping @Sendable (String) -> Void
    ) async throws(StageFailure) {
        let child = ChildProcess(
            executable: toolbox.python,
            arguments: [Toolbox.ytDlpLauncher.string] + settings.network.allowAddresses.flatMap { ["--allow", $0.description] } + launcher
                + ["--max-file-size", String(settings.network.maxBytes)]
                + ["--"] + common + arguments + addresses,
            environment: ["PATH": "\(toolbox.python.removingLastComponent().string):/usr/local/bin:/usr/bin:/bin"],
            workingDirectory: folder, grace: settings.grace, stall: 2 * settings.network.stall + 600)
        let ending: ChildProcess.Ending
        do {
            ending = try await child.run(line: line)
        } catch is ChildProcess.Stalled {
            throw .failed(Failure(.transient, "stalled", "yt-dlp got nothing from \(url) for a while"))
        } catch {
            if Task.isCancelled || error is CancellationError { throw .interrupted }
            if let error = error as? SubprocessError, error.code == .outputLimitExceeded {
                throw .failed(
                    Failure(
                        .permanent, "answer_too_large", "what the site says of \(url) is too much to be read",
                        hint: "Check the link in a browser"))
            }
            throw .failed(
                Failure(
                    .local, "yt_dlp_missing", "yt-dlp could not be started: \(error)", hint: "Run the set-up again, or set tools.python"))
        }
        if Task.isCancelled { throw .interrupted }
        if ending.isSuccess { return }
        if ending.wasKilled { throw .crashed(Failure(.permanent, "yt_dlp_died", "yt-dlp \(ending.words) on \(url)")) }
        throw .failed(YtDlpErrors.failure(from: ending.errorTail, url: url, at: await now()))
    }

    private var common: [String] {
        var list = [
            "--ignore-config", "--no-cache-dir", "--no-colors", "--newline", "--progress", "--socket-timeout", "30", "--retries", "3",
            "--fragment-retries", "3",
        ]
        if let proxy = settings.network.proxy { list += ["--proxy", proxy] }
        if let address = settings.network.sourceAddress { list += ["--source-address", address] }
        if let plugins = toolbox.plugins { list += ["--plugin-dirs", plugins.string] }
        if let cookies = settings.network.cookies { list += ["--cookies", cookies.string] }
        return list
    }

    // MARK: Progress

    private static let progressTemplate =
        "download:SPOOL "
        + ["downloaded_bytes", "total_bytes", "total_bytes_estimate", "speed", "eta", "fragment_index", "fragment_count"]
        .map { "%(progress.\($0))s" }.joined(separator: " ")

    static func progress(from line: String) -> Progress? {
        let fields = line.split(separator: " ")
        guard fields.count == 8, fields[0] == "SPOOL", let done = Double(fields[1]), done.isFinite else { return nil }
        func number(_ field: Substring) -> Double? { Double(field).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } }
        return Progress(
            done: done, total: number(fields[2]) ?? number(fields[3]), speed: number(fields[4]), eta: number(fields[5]),
            fragment: Int(fields[6]), fragments: Int(fields[7]))
    }
}
