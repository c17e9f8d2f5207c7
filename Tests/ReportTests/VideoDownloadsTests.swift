import FoundationEssentials
import SpoolFiles
import Testing

@testable import Report

struct VideoDownloadsTests {
    private func downloads(_ paths: [String]) throws -> VideoDownloads {
        let files = paths.map { #"{"path": "\#($0)", "bytes": 2000, "sha256": "00"}"# }
        let manifest = """
            {"schema": 1, "video_id": "v", "job_id": "j", "created_at": "2026-11-25T09:14:55.000Z", "spoolscribe": "0.1.0",
             "files": [\(files.joined(separator: ", "))]}
            """
        return VideoDownloads(try SpoolJSON.decode(BundleManifest.self, from: Data(manifest.utf8))) { "../\($0)" }
    }

    private func lines(_ entries: [PageContext]) -> [String] {
        entries.map { entry in ["label", "href", "size"].compactMap { entry[$0] as? String }.joined(separator: " | ") }
    }

    @Test func whatPeopleReadAndPlayComesFirst() throws {
        let downloads = try downloads([
            "captions/de.auto.vtt", "captions/en.vtt", "chapters.json", "chapters.vtt", "comments.jsonl", "info.json.gz", "media/audio.m4a",
            "media/thumbnail.jpg", "media/video.mp4", "metadata.json", "relations.json", "transcript.json", "transcript.lrc",
            "transcript.md",
            "transcript.srt", "transcript.tsv", "transcript.txt", "transcript.vtt", "transcripts/earlier.json",
        ])
        #expect(
            lines(downloads.main) == [
                "Text | ../transcript.txt | 2.0 kB", "Text with chapters (Markdown) | ../transcript.md | 2.0 kB",
                "Subtitles (SRT) | ../transcript.srt | 2.0 kB", "Subtitles (WebVTT) | ../transcript.vtt | 2.0 kB",
                "Captions of its source (de.auto.vtt) | ../captions/de.auto.vtt | 2.0 kB",
                "Captions of its source (en.vtt) | ../captions/en.vtt | 2.0 kB", "Sound | ../media/audio.m4a | 2.0 kB",
                "Video | ../media/video.mp4 | 2.0 kB",
            ])
        #expect(
            lines(downloads.others) == [
                "Chapters (JSON) | ../chapters.json | 2.0 kB", "Chapters (WebVTT) | ../chapters.vtt | 2.0 kB",
                "Comments (JSON lines) | ../comments.jsonl | 2.0 kB", "All that the site said (JSON, gzip) | ../info.json.gz | 2.0 kB",
                "Picture (JPEG) | ../media/thumbnail.jpg | 2.0 kB", "Metadata (JSON) | ../metadata.json | 2.0 kB",
                "Relations (JSON) | ../relations.json | 2.0 kB", "Transcript with times (JSON) | ../transcript.json | 2.0 kB",
                "Lyrics (LRC) | ../transcript.lrc | 2.0 kB", "Table (TSV) | ../transcript.tsv | 2.0 kB",
                "List of all files, with checksums (JSON) | ../manifest.json",
            ])
    }

    @Test func aFileThatNobodyKnowsIsOfferedByItsName() throws {
        let downloads = try downloads(["media/audio", "notes/by-hand.txt"])
        #expect(lines(downloads.main) == ["Sound | ../media/audio | 2.0 kB"])
        #expect(lines(downloads.others).first == "notes/by-hand.txt | ../notes/by-hand.txt | 2.0 kB")
    }
}
