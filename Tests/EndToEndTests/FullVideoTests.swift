import Foundation
import Jobs
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// A video of a site with everything that a site can have: captions by people and by a machine, chapters, comments in threads.
@Suite(.serialized) struct FullVideoTests {
    private let folder: TemporaryFolder
    private let site: TestVideoSite
    private let daemon: Daemon

    init() async throws {
        folder = try TemporaryFolder()
        site = try await TestVideoSite(in: folder)
        daemon = Daemon(
            spool: folder.path.appending("spool"),
            set: ["retry.delays=0.1", "tools.plugins=\(TestVideoSite.plugins)", "captions.languages=[de]"])
    }

    private func full() throws -> [String: Any] {
        site.files.serve(
            Data("WEBVTT\n\n00:00.000 --> 00:02.000\nThe library opens\n\n00:02.000 --> 00:04.500\nat nine & closes <i>at six</i>.\n".utf8),
            at: "en.vtt")
        site.files.serve(Data("1\n00:00:00,000 --> 00:00:02,000\nDie Bibliothek\n".utf8), at: "de.srt")
        try site.serve(
            ["events": [["tStartMs": 0, "dDurationMs": 2000, "segs": [["utf8": "the libary"]]]]], at: "auto.json3")
        func offer(_ path: String) -> [[String: Any]] {
            [["ext": String(path.split(separator: ".").last!), "url": "\(site.url(path))?sig=secret"]]
        }
        return site.film(title: "Opening hours").merging([
            "description": "When we open.\nSee https://www.youtube.com/watch?v=dQw4w9WgXcQ and https://example.org/rules.",
            "channel": "City library", "channel_id": "UC1", "channel_url": "https://www.youtube.com/@library",
            "upload_date": "20261120", "timestamp": 1_763_596_800, "categories": ["Education"], "tags": ["library", "hours"],
            "language": "en",
            "license": "CC BY", "availability": "public", "live_status": "not_live", "age_limit": 0, "view_count": 1234, "like_count": 56,
            "comment_count": 5000, "series": "Guides", "season_number": 2, "playlist_id": "PL1", "playlist_title": "All guides",
            "thumbnail": "\(site.url("picture.png"))?sig=secret",
            "chapters": [
                ["start_time": 0, "end_time": 2, "title": "Opening"], ["start_time": 2, "end_time": 5, "title": "Closing & more"],
            ],
            "subtitles": ["en": offer("en.vtt"), "de": offer("de.srt")], "automatic_captions": ["en": offer("auto.json3")],
        ]) { $1 }
    }

    /// So many comments, every third an answer to the one before.
    private func serveComments(_ count: Int, of id: String, page: Int = 500) throws {
        let comments = (1...count).map { number -> [String: Any] in
            [
                "id": "c\(number)", "parent": number % 3 == 0 ? "c\(number - 1)" : "root",
                "text": number == 7 ? "Where is the Zeughaus?" : "Comment \(number)",
                "author": "Reader \(number % 50)", "author_id": "r\(number % 50)", "author_is_uploader": number == 3, "like_count": number,
                "timestamp": 1_763_600_000 + number, "is_favorited": number == 2, "is_pinned": number == 1,
            ]
        }
        for (index, start) in stride(from: 0, to: count, by: page).enumerated() {
            try site.serve(Array(comments[start..<min(start + page, count)]), at: "spooltest/\(id)/comments/\(index + 1)")
        }
        try site.serve([Any](), at: "spooltest/\(id)/comments/\((count + page - 1) / page + 1)")
    }

    private func dropped(_ spec: String, as name: String) async throws -> String {
        try daemon.drop(spec, as: name)
        return try #require(try await daemon.receipt(for: name).jobs.first).jobID
    }

    private func text(_ path: String, in bundle: FilePath) throws -> String {
        String(decoding: try FileSystem.read(path.split(separator: "/").reduce(bundle) { $0.appending(String($1)) }), as: UTF8.self)
    }

    @Test func everyFileOfTheBundleFieldByField() async throws {
        try site.say(try full(), of: "full")
        try serveComments(5000, of: "full")
        try await Tool.run(
            "ffmpeg",
            ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=1280x720", "-frames:v", "1", folder.path.appending("picture.png").string])
        site.files.serve(try FileSystem.read(folder.path.appending("picture.png")), at: "picture.png")
        try await daemon.start()
        let jobID = try await dropped(
            "{\"url\": \"\(site.videoURL("full"))\", \"include_comments\": true, \"max_comments\": 10000, \"tags\": [\"ours\"]}",
            as: "full.json")
        let job = try await daemon.ended(jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(job.warnings.isEmpty)
        #expect(job.videoID == "spooltest-full")
        let bundle = daemon.layout.bundle("spooltest-full")
        let manifest = try SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))
        #expect(
            manifest.files.map(\.path) == [
                "captions/de.srt", "captions/en.vtt", "chapters.json", "chapters.vtt", "comments.jsonl", "info.json.gz", "media/audio.m4a",
                "media/thumbnail.jpg", "media/video.mp4", "metadata.json", "relations.json", "transcript.json", "transcript.lrc",
                "transcript.md", "transcript.srt", "transcript.tsv", "transcript.txt", "transcript.vtt",
            ])
        #expect(manifest.warnings == nil)
        try checkMetadata(bundle)
        try checkTranscript(bundle)
        try await checkComments(bundle)
        // Nothing that was signed.
        let info = try await Tool.run("gzip", ["-dc", bundle.appending("info.json.gz").string])
        #expect(info.contains("City library") && !info.contains("secret"))
        let probe = try await Tool.run(
            "ffprobe",
            ["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", bundle.appending("media/thumbnail.jpg").string])
        #expect(probe.trimmed == "640,360")
        try await checkPageAndStore()
        try await daemon.stop()
    }

    private func checkMetadata(_ bundle: FilePath) throws {
        let metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
        #expect(metadata.title == "Opening hours")
        #expect(metadata.siteID == "full")
        #expect(metadata.url == site.videoURL("full"))
        #expect(metadata.channel == "City library")
        #expect(metadata.channelID == "UC1")
        #expect(metadata.channelURL == "https://www.youtube.com/@library")
        #expect(metadata.description?.hasPrefix("When we open.") == true)
        #expect(metadata.uploadDate == "2026-11-20")
        #expect(metadata.publishedAt == Timestamp(milliseconds: 1_763_596_800_000))
        #expect(metadata.categories == ["Education"])
        #expect(metadata.tags == ["ours", "library", "hours"])
        #expect(metadata.language == "en")
        #expect(metadata.license == "CC BY")
        #expect(metadata.availability == "public")
        #expect(metadata.liveStatus == "not_live")
        #expect(metadata.ageLimit == 0)
        #expect([metadata.viewCount, metadata.likeCount, metadata.commentCount] == [1234, 56, 5000])
        #expect(metadata.series?.title == "Guides" && metadata.series?.seasonNumber == 2)
        #expect(metadata.playlist == .init(id: "PL1", title: "All guides", index: nil))
        #expect(metadata.thumbnail == site.url("picture.png"))
        #expect(metadata.extractor?.name == "SpoolTest")
        #expect(metadata.extractor?.version?.isEmpty == false)
        #expect(metadata.media.width == 320 && metadata.media.duration > 3)
        #expect(metadata.sourceBytes ?? 0 > 1000)
    }

    private func checkTranscript(_ bundle: FilePath) throws {
        // What people wrote is the transcript.
        let transcript = try SpoolJSON.read(Transcript.self, at: bundle.appending(Transcript.name))
        #expect(transcript.provenance.engine == "captions")
        #expect(transcript.provenance.model == "human")
        #expect(transcript.language == "en")
        #expect(transcript.segments.map(\.text) == [" The library opens", " at nine & closes at six."])
        #expect(transcript.segments.map(\.start) == [0, 2])
        let chapters = try SpoolJSON.read(Chapters.self, at: bundle.appending(Chapters.name))
        #expect(chapters.source == .site)
        #expect(chapters.chapters.map(\.title) == ["Opening", "Closing & more"])
        #expect(chapters.chapters.map(\.start) == [0, 2])
        let track = try text(Chapters.trackName, in: bundle)
        #expect(track.hasPrefix("WEBVTT\n") && track.contains("00:00:02.000 --> ") && track.contains("Closing &amp; more"))
        let markdown = try text("transcript.md", in: bundle)
        #expect(markdown.hasPrefix("# Opening hours\n\nCity library · 2026-11-20 · 0:0"))
        #expect(
            markdown.contains(
                "## Opening\n\n[0:00](media/video.mp4#t=0) The library opens\n\n## Closing \\& more\n\n[0:02](media/video.mp4#t=2)"))
        #expect(try text("captions/de.srt", in: bundle).contains("Die Bibliothek"))
    }

    private func checkComments(_ bundle: FilePath) async throws {
        var comments: [SpoolFiles.Comment] = []
        try LineReader.forEach(bundle.appending(SpoolFiles.Comment.name)) { line, _ in
            comments.append(try SpoolJSON.decode(SpoolFiles.Comment.self, from: line))
        }
        #expect(comments.count == 5000)
        #expect(comments[0].isPinned == true && comments[1].isHearted == true && comments[2].isUploader == true)
        #expect(comments[2].parentID == "c2" && comments[0].parentID == nil)
        #expect(comments[6].text == "Where is the Zeughaus?")
        #expect(comments[6].author == "Reader 7" && comments[6].authorID == "r7" && comments[6].likes == 7)
        #expect(comments[6].at == Timestamp(milliseconds: 1_763_600_007_000))
        let relations = try SpoolJSON.read(Relations.self, at: bundle.appending(Relations.name))
        func labels(_ kind: Relations.Kind) -> [String] { relations.nodes.filter { $0.kind == kind }.map(\.label) }
        #expect(labels(.channel) == ["City library"])
        #expect(labels(.tag) == ["ours", "library", "hours"])
        #expect(labels(.category) == ["Education"])
        #expect(labels(.playlist) == ["All guides"])
        #expect(labels(.series) == ["Guides"])
        #expect(labels(.link) == ["https://example.org/rules"])
        #expect(relations.nodes.filter { $0.kind == .video }.map(\.key) == ["spooltest-full", "youtube-dQw4w9WgXcQ"])
        #expect(labels(.person).count == 50)
        #expect(relations.edges.filter { $0.verb == .commentedOn }.allSatisfy { $0.count == 100 })
    }

    private func checkPageAndStore() async throws {
        let store = try SQLiteJobStore(path: daemon.layout.database.string, isReader: true)
        let comment = try #require(try await store.search("zeughaus", in: .init(), limit: 10).first)
        #expect(comment.kind == .comment && comment.reference == "c7" && comment.videoID == "spooltest-full")
        let chapter = try #require(try await store.search("closing", in: .init(), limit: 10).first { $0.kind == .chapter })
        #expect(chapter.start == 2 && chapter.title == "Opening hours")
        #expect(try await store.comments(ofVideo: "spooltest-full", limit: 2, offset: 4998).map(\.commentID) == ["c4999", "c5000"])
        let page = daemon.layout.report.appending("videos/spooltest-full.html")
        try await eventually("the page") { FileSystem.exists(page) }
        let html = String(decoding: try FileSystem.read(page), as: UTF8.self)
        #expect(html.contains("Closing &amp; more"))
        #expect(html.contains("Comment 1<") && html.contains("Reader 3"))
        #expect(html.contains("5,000"))
        try await checkGraphCommand()
    }

    private func checkGraphCommand() async throws {
        let spool = ["--spool", daemon.layout.root.string]
        let walk = try await Command.run(spool + ["graph", "full", "--depth", "2", "--kind", "channel", "--kind", "tag"])
        #expect(walk.code == 0, "\(walk.errors)")
        #expect(
            walk.output.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace).prefix(3).joined(separator: " ") }
                == ["Opening hours spooltest-full", "channel City library", "tag hours has", "tag library has", "tag ours has"])
        let graphML = try await Command.run(spool + ["graph", "export", "--format", "graphml"])
        #expect(graphML.output.contains("<data key=\"label\">City library</data>"))
        #expect(graphML.output.hasSuffix("</graph>\n</graphml>\n"))
        let lines = try await Command.run(spool + ["graph", "export", "--format", "jsonl"]).output.split(separator: "\n")
        #expect(lines.count { $0.contains("\"type\":\"edge\"") } == 59)
        let cypher = try await Command.run(spool + ["graph", "export", "--format", "cypher"])
        #expect(cypher.output.contains("MERGE (a)-[r:PUBLISHED]->(b);"))
        #expect(try await Command.run(spool + ["graph", "nothing"]).code == 3)
        #expect(try await Command.run(spool + ["graph", "export", "--format", "dot"]).code == 2)
    }
}
