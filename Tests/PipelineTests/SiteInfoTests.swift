import Foundation
import SpoolFiles
import Testing

@testable import Pipeline

struct SiteInfoTests {
    private let json = Data(
        """
        {"id": "abc", "title": "T", "extractor_key": "Youtube", "view_count": 12.0, "age_limit": "none", "webpage_url": "https://www.youtube.com/watch?v=abc",
         "url": "https://cdn.example.org/secret1", "formats": [{"url": "https://cdn.example.org/secret2"}], "http_headers": {"Cookie": "secret3"},
         "cookies": "secret4", "thumbnail": "https://i.example.org/a.jpg?sig=secret5", "subtitles": {"en": [{"ext": "vtt", "url": "https://x/secret6"}, {"bad": 1}]},
         "chapters": [{"start_time": 0, "title": "A"}, {"title": "no start"}, {"start_time": 5, "end_time": 9, "title": "B"}],
         "description": "See https://example.org/?q=1", "_version": {"version": "2026.10.26"}, "extra": {"deep": ["https://cdn.example.org/x?token=secret7"]}}
        """.utf8)

    @Test func whatIsKeptHoldsNoSecrets() throws {
        let cleaned = String(decoding: try SiteInfo(json: json).cleaned, as: UTF8.self)
        #expect(!cleaned.contains("secret"))
        for kept in ["\"id\":\"abc\"", "watch?v=abc", "https://i.example.org/a.jpg", "?q=1", "https://cdn.example.org/x"] {
            #expect(cleaned.contains(kept), "\(kept)")
        }
    }

    @Test func theMediaAreFetchedWithoutThePage() throws {
        let forDownload = String(decoding: try SiteInfo(json: json).forDownload, as: UTF8.self)
        #expect(!forDownload.contains("watch?v=abc"))
        #expect(forDownload.contains("secret2"))
        for kept in [forDownload, String(decoding: try SiteInfo(json: json).withoutCookies, as: UTF8.self)] {
            #expect(!kept.contains("secret3") && !kept.contains("secret4"))
        }
    }

    @Test func oneWrongFieldSpoilsNoOther() throws {
        let metadata = try SiteInfo(json: json).metadata
        #expect(metadata.videoID == "youtube-abc")
        #expect(metadata.viewCount == 12)
        #expect(metadata.ageLimit == nil)
        #expect(metadata.chapters.map(\.title) == ["A", "B"])
        #expect(metadata.captions["en"]?.map(\.format) == ["vtt"])
        #expect(metadata.version == "2026.10.26")
    }

    @Test func aListIsReadWhateverItsElementsAre() throws {
        let json = """
            {"_type": "playlist", "title": 7, "playlist_count": "many", "entries": [{"id": 5, "url": "https://a.example/5"}, null, "x", {"id": "6", "title": ["t"]}]}
            """
        guard case .list(let list) = try SiteAnswer(json: Data(json.utf8)) else { return #expect(Bool(false)) }
        #expect(list.title == nil && list.count == nil)
        #expect(list.entries.map { $0?.url } == ["https://a.example/5", nil, nil, nil])
        #expect(list.entries[3]?.id == "6")
    }

    @Test func controlCharactersAndNothingAreLeftOut() throws {
        let json = #"{"title": "A\u001b[31m b\u0000\u0007", "channel": " ", "description": "one\ntwo\u009b", "tags": ["x\u001b", " "]}"#
        let metadata = try SiteInfo(json: Data(json.utf8)).metadata
        #expect(metadata.title == "A[31m b")
        #expect(metadata.channel == nil)
        #expect(metadata.description == "one\ntwo")
        #expect(metadata.tags == ["x"])
    }

    @Test func impossibleTimesAreNone() throws {
        let info = try SiteInfo(json: Data("{\"timestamp\": 1e300, \"view_count\": 1e300, \"tags\": [\"a\", null, 3]}".utf8))
        var metadata = VideoMetadata(
            videoID: "a", title: "t", site: "s", media: .init(container: "mp4", duration: 1), tags: [], addedAt: .now(), userID: "ann")
        info.metadata.describe(&metadata)
        #expect(metadata.publishedAt == nil && metadata.viewCount == nil)
        #expect(info.metadata.tags == ["a"])
    }

    @Test func gzipIsReadByOthers() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Gzip.compress(json).write(to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", folder.path]
        process.standardOutput = pipe
        try process.run()
        #expect(pipe.fileHandleForReading.readDataToEndOfFile() == json)
    }
}
