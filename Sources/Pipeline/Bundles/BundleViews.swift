import FoundationEssentials
import SpoolFiles
import SystemPackage

/// The files of a bundle that are made of others in it: subtitles and texts of the transcript, the chapters track, the relations.
struct BundleViews {
    let metadata: VideoMetadata
    let rules: CueRules

    static let names: Set = [
        "transcript.srt", "transcript.vtt", "transcript.txt", "transcript.md", "transcript.tsv", "transcript.lrc", Chapters.trackName,
        Relations.name,
    ]

    /// Writes them into a new bundle that holds its transcript, chapters, comments and media already.
    func write(into writer: BundleWriter) throws {
        let transcript = try SpoolJSON.read(Transcript.self, at: writer.staged(Transcript.name))
        let chapters = try? SpoolJSON.read(Chapters.self, at: writer.staged(Chapters.name))
        let media = try FileSystem.list(writer.staged("media")).map(\.string)
        let played = ["video", "audio"].lazy.compactMap { kind in media.first { DropName.stem($0) == kind } }.first
        let speakers = metadata.speakers ?? [:]
        let cues = CueLayout(rules: rules, names: speakers).cues(for: transcript)
        let markdown = MarkdownText(metadata: metadata, transcript: transcript, chapters: chapters, media: played.map { "media/\($0)" })
        let texts = [
            ("transcript.srt", SubtitleText.srt(cues)),
            ("transcript.vtt", SubtitleText.webVTT(cues, chapters: chapters?.chapters ?? [])),
            ("transcript.txt", SubtitleText.plain(transcript, names: speakers)),
            ("transcript.md", markdown.text),
            ("transcript.tsv", SubtitleText.table(transcript)),
            (
                "transcript.lrc",
                SubtitleText.lyrics(cues, title: metadata.title, author: metadata.channel, duration: transcript.duration)
            ),
            (Chapters.trackName, chapters.map(SubtitleText.chaptersTrack)),
        ]
        for case (let name, let text?) in texts { try writer.write(Data(text.utf8), to: name) }
        let relations = VideoRelations.of(metadata, commenters: try Self.commenters(writer.staged(Comment.name)))
        try writer.write(SpoolJSON.data(relations), to: Relations.name)
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
