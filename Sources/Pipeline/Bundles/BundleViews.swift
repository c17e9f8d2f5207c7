import FoundationEssentials
import SpoolFiles
import SystemPackage

/// The files of a bundle that are made of others in it: subtitles and texts of the transcript, the chapters track, the relations.
struct BundleViews {
    let metadata: VideoMetadata

    /// What an edit of the metadata changes.
    static let ofMetadata: Set<String> = ["transcript.md", Relations.name]
    /// All of them.
    static let all = ofMetadata.union(["transcript.srt", "transcript.vtt", "transcript.txt", Chapters.trackName])

    /// Writes them into a new bundle that holds its transcript, chapters, comments and media already.
    /// - Parameter names: those that are wanted.
    func write(_ names: Set<String>, into writer: BundleWriter) throws {
        let transcript = try SpoolJSON.read(Transcript.self, at: writer.staged(Transcript.name))
        let chapters = try? SpoolJSON.read(Chapters.self, at: writer.staged(Chapters.name))
        let media = try FileSystem.list(writer.staged("media")).map(\.string)
        let played = ["video", "audio"].lazy.compactMap { kind in media.first { DropName.stem($0) == kind } }.first
        lazy var cues = CueLayout().cues(for: transcript)
        for name in names.sorted() {
            let text: String? =
                switch name {
                case "transcript.srt": SubtitleText.srt(cues)
                case "transcript.vtt": SubtitleText.webVTT(cues)
                case "transcript.txt": SubtitleText.plain(transcript)
                case "transcript.md":
                    MarkdownText(metadata: metadata, transcript: transcript, chapters: chapters, media: played.map { "media/\($0)" }).text
                case Chapters.trackName: chapters.map(SubtitleText.chaptersTrack)
                default: nil
                }
            if let text { try writer.write(Data(text.utf8), to: name) }
        }
        if names.contains(Relations.name) {
            let relations = VideoRelations.of(metadata, commenters: try Self.commenters(writer.staged(Comment.name)))
            try writer.write(SpoolJSON.data(relations), to: Relations.name)
        }
    }

    private static func commenters(_ file: FilePath) throws -> VideoRelations.Commenters {
        guard FileSystem.exists(file) else { return [:] }
        var people: VideoRelations.Commenters = [:]
        try LineReader.forEach(file) { line, _ in
            let comment = try SpoolJSON.decode(Comment.self, from: line)
            guard let key = comment.authorID ?? comment.author else { return }
            people[key, default: (comment.author ?? key, 0)].count += 1
        }
        return people
    }
}
