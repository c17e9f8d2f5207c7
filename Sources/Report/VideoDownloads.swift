import SpoolFiles

/// What a video's page offers to be taken along: all files of its bundle but the earlier transcripts, which stand under its versions.
struct VideoDownloads {
    /// What people read and play.
    let main: [PageContext]
    /// What programs read.
    let others: [PageContext]

    private static let labels = [
        "transcript.txt": "Text", "transcript.md": "Text with chapters (Markdown)", "transcript.srt": "Subtitles (SRT)",
        "transcript.vtt": "Subtitles (WebVTT)", "transcript.json": "Transcript with times (JSON)", "transcript.tsv": "Table (TSV)",
        "transcript.lrc": "Lyrics (LRC)", Chapters.name: "Chapters (JSON)", Chapters.trackName: "Chapters (WebVTT)",
        Comment.name: "Comments (JSON lines)", VideoMetadata.name: "Metadata (JSON)", Relations.name: "Relations (JSON)",
        "info.json.gz": "All that the site said (JSON, gzip)", "media/thumbnail.jpg": "Picture (JPEG)",
    ]
    private static let read = ["transcript.txt", "transcript.md", "transcript.srt", "transcript.vtt"]

    /// - Parameter link: the address of a file of the bundle.
    init(_ manifest: BundleManifest, link: (String) -> String) {
        func entry(_ file: BundleManifest.File) -> PageContext {
            ["label": Self.label(file.path), "href": link(file.path), "size": PeopleFormat.size(file.bytes)]
        }
        let files = manifest.files.filter { TranscriptVersions.id($0.path) == nil }
        let texts = Self.read.compactMap { path in files.first { $0.path == path } }
        let media = files.filter { $0.path.hasPrefix("media/") && Self.labels[$0.path] == nil }
        let captions = files.filter { $0.path.hasPrefix("captions/") }
        main = (texts + captions + media).map(entry)
        let shown = Set((texts + captions + media).map(\.path))
        let seal: PageContext = ["label": "List of all files, with checksums (JSON)", "href": link(BundleManifest.name)]
        others = files.filter { !shown.contains($0.path) }.map(entry) + [seal]
    }

    private static func label(_ path: String) -> String {
        if let label = labels[path] { return label }
        if path.hasPrefix("media/video") { return "Video" }
        if path.hasPrefix("media/audio") { return "Sound" }
        if path.hasPrefix("captions/") { return "Captions of its source (\(path.dropFirst("captions/".count)))" }
        return path
    }
}
