import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// An archive that yt-dlp has made is taken over without any network.
@Suite(.serialized) struct ArchiveImportTests {
    private let folder: TemporaryFolder
    private let daemon: Daemon

    init() async throws {
        folder = try TemporaryFolder()
        daemon = Daemon(spool: folder.path.appending("spool"), set: ["spool.companion_seconds=600"])
        try await daemon.start()
    }

    /// What `yt-dlp --write-info-json --write-subs --write-comments --write-thumbnail` leaves, under a name as it gives.
    private func archive(_ stem: String) async throws -> FilePath {
        let place = folder.path.appending("archive")
        try FileSystem.makeFolder(place)
        try await Speech.video(Speech.library, at: place.appending("\(stem).mp4"))
        let info: [String: Any] = [
            "id": "dQw4w9WgXcQ", "extractor_key": "Youtube", "title": "Opening hours", "channel": "City library", "language": "en",
            "webpage_url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "upload_date": "20261120",
            "description": "0:00 Welcome\n0:01 Hours\n0:03 Goodbye", "_version": ["version": "2025.01.01"],
            "subtitles": ["en": [["ext": "vtt", "url": "https://example.org/x"]]],
            "comments": [
                ["id": "c1", "text": "First", "author": "Ann"], ["id": "c2", "parent": "c1", "text": "Second", "author": "Ben"],
            ],
        ]
        try folder.write(JSONSerialization.data(withJSONObject: info), to: "archive/\(stem).info.json")
        try folder.write("WEBVTT\n\n00:00.000 --> 00:04.000\nWritten by people\n", to: "archive/\(stem).en.vtt")
        try await Tool.run(
            "ffmpeg",
            ["-v", "error", "-f", "lavfi", "-i", "color=red:size=1280x720", "-frames:v", "1", place.appending("\(stem).webp").string])
        return place
    }

    private func check(_ jobID: String) async throws {
        let job = try await daemon.ended(jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(job.videoID == "youtube-dQw4w9WgXcQ")
        let bundle = daemon.layout.bundle("youtube-dQw4w9WgXcQ")
        let manifest = try SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))
        let files = Set(manifest.files.map(\.path))
        #expect(
            files.isSuperset(of: [
                "captions/en.vtt", "chapters.json", "comments.jsonl", "info.json.gz", "media/thumbnail.jpg", "relations.json",
            ]))
        #expect(try daemon.transcript(of: "youtube-dQw4w9WgXcQ").text == "Written by people")
        let metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
        #expect(metadata.channel == "City library" && metadata.extractor?.version == "2025.01.01")
        #expect(metadata.url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ")
        let chapters = try SpoolJSON.read(Chapters.self, at: bundle.appending(Chapters.name))
        #expect(chapters.source == .description && chapters.chapters.count == 3)
        // The site's own picture, not one of the recording.
        let colour = try await Tool.run(
            "ffmpeg",
            [
                "-v", "error", "-i", bundle.appending("media/thumbnail.jpg").string, "-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt",
                "gray", folder.path.appending("gray-\(jobID)").string,
            ])
        #expect(colour.isEmpty)
        let gray = try #require(try FileSystem.read(folder.path.appending("gray-\(jobID)")).first)
        #expect((70...84).contains(gray), "\(gray)")
        // Its link, dropped later, is there already.
        try daemon.drop("https://youtu.be/dQw4w9WgXcQ?si=x", as: "link.txt")
        #expect(try await daemon.receipt(for: "link.txt").jobs.first?.alreadyThere == true)
    }

    @Test func aFolderOfAnArchive() async throws {
        let archive = try await archive("Opening hours [dQw4w9WgXcQ]")
        try FileSystem.move(archive, to: daemon.layout.control(.incoming).appending("archive"))
        let receipt = try await daemon.receipt(for: "archive")
        #expect(receipt.jobs.count == 1 && receipt.refused.isEmpty)
        #expect(receipt.jobs[0].companions?.count == 3)
        try await check(receipt.jobs[0].jobID)
    }

    @Test func whatComesBeforeItsRecordingWaitsForIt() async throws {
        let stem = "Opening hours [dQw4w9WgXcQ]"
        let archive = try await archive(stem)
        let incoming = daemon.layout.control(.incoming)
        for name in ["\(stem).en.vtt", "\(stem).info.json", "\(stem).webp"] {
            try FileSystem.move(archive.appending(name), to: incoming.appending(name))
        }
        // Answered after them, so that they have been looked at.
        try daemon.drop("no link", as: "other.txt")
        _ = try await daemon.receipt(for: "other.txt")
        try FileSystem.move(archive.appending("\(stem).mp4"), to: incoming.appending("\(stem).mp4"))
        let receipt = try await daemon.receipt(for: "\(stem).mp4")
        #expect(receipt.jobs[0].companions?.count == 3)
        try await check(receipt.jobs[0].jobID)
    }

    /// Needs the right to give files away.
    @Test(.enabled(if: Mount.isPossible)) func anothersFileIsNotTakenAlong() async throws {
        let stem = "Opening hours [dQw4w9WgXcQ]"
        let archive = try await archive(stem)
        let incoming = daemon.layout.control(.incoming)
        let captions = incoming.appending("\(stem).en.vtt")
        try FileSystem.move(archive.appending("\(stem).en.vtt"), to: captions)
        try await Tool.run("chown", ["daemon", captions.string])
        try FileSystem.move(archive.appending("\(stem).mp4"), to: incoming.appending("\(stem).mp4"))
        let receipt = try await daemon.receipt(for: "\(stem).mp4")
        #expect(receipt.jobs[0].companions == nil)
        #expect(FileSystem.exists(captions))
    }

    @Test func filesBesideEachOtherInIncoming() async throws {
        let stem = "Opening hours [dQw4w9WgXcQ]"
        let archive = try await archive(stem)
        // As cp does: one after the other, by their names; the recording is not the last.
        let names = ["\(stem).en.vtt", "\(stem).info.json", "\(stem).webp", "\(stem).mp4"]
        let incoming = daemon.layout.control(.incoming)
        for name in names { try FileSystem.move(archive.appending(name), to: incoming.appending(".\(name).moving")) }
        for name in names { try FileSystem.move(incoming.appending(".\(name).moving"), to: incoming.appending(name)) }
        let receipt = try await daemon.receipt(for: "\(stem).mp4")
        #expect(receipt.jobs.count == 1 && receipt.refused.isEmpty)
        #expect(receipt.jobs[0].companions == ["\(stem).en.vtt", "\(stem).info.json", "\(stem).webp"])
        try await check(receipt.jobs[0].jobID)
        #expect(try FileSystem.list(incoming).allSatisfy { $0.string.hasPrefix("README") })
        let kept = daemon.layout.accepted(receipt.dropID, day: receipt.at.day)
        #expect(try FileSystem.list(kept.appending(".beside")).count == 3)
    }
}
