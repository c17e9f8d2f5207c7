import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Half an hour with chapters, pauses and music, in every format.
struct LongRecordingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Speech with quiet music under it, pauses, and music alone, in turn; thirty minutes.
    private func recording() async throws -> FilePath {
        let (story, talk) = (folder.path.appending("story.wav"), folder.path.appending("lecture.m4a"))
        try await Speech.wav(Speech.story, at: story)
        // Two chords that swell.
        let music = "aevalsrc=0.08*sin(2*PI*220*t)*(1+sin(2*PI*2*t))+0.06*sin(2*PI*329*t)*(1+sin(2*PI*3*t)):s=16000"
        let filter = """
            [0]aresample=16000,apad=pad_dur=12,asplit=2[alone][with]; [1]asplit=2[music][bed]; [music]atrim=0:40[break];
            [bed]volume=0.15[quiet]; [with][quiet]amix=duration=first:normalize=0[under]; [alone][under][break]concat=n=3:v=0:a=1[all]
            """
        let round = folder.path.appending("round.wav")
        try await Tool.run(
            "ffmpeg",
            [
                "-v", "error", "-i", story.string, "-f", "lavfi", "-t", "200", "-i", music, "-filter_complex", filter, "-map", "[all]",
                round.string,
            ])
        try await Tool.run(
            "ffmpeg", ["-v", "error", "-stream_loop", "-1", "-i", round.string, "-t", "1800", "-c:a", "aac", "-b:a", "64k", talk.string])
        return talk
    }

    @Test func everySubtitleKeepsTheRulesAndEveryFormatIsRead() async throws {
        let talk = try await recording()
        let daemon = Daemon(spool: folder.path.appending("spool"), set: ["spool.companion_seconds=30"])
        try await daemon.start()
        let chapters = (0..<6).map {
            ["start_time": Double($0) * 300, "end_time": Double($0 + 1) * 300, "title": "Part \($0 + 1) & <more> --> ☂"] as [String: Any]
        }
        let info: [String: Any] = [
            "id": "lecture", "title": "Lecture -->\n[one] & \"two\" ☂", "extractor": "generic", "duration": 1800, "chapters": chapters,
        ]
        try daemon.drop(JSONSerialization.data(withJSONObject: info), as: "lecture.info.json")
        try daemon.drop(talk, as: "lecture.m4a")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "lecture.m4a").jobs.first).jobID, within: 900)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        let videoID = try #require(job.videoID)
        let bundle = daemon.layout.bundle(videoID)
        let transcript = try daemon.transcript(of: videoID)
        let spoken = transcript.text.components(separatedBy: "ferry will last").count - 1
        #expect(spoken >= 12, "the story is told about fifteen times: \(spoken)")
        let subtitles = try String(contentsOfFile: bundle.appending("transcript.srt").string, encoding: .utf8)
        let violations = try SubtitleRules().violations(subtitles)
        #expect(violations.isEmpty, "\(violations)")
        let script = Repository.root.appending("Tests/Readers/read_formats.py").string
        let read = try await Tool.run(Repository.python.string, [script, bundle.string])
        let counts = try JSONDecoder().decode([String: Int].self, from: Data(read.utf8))
        let cues = try SubtitleRules.cues(subtitles).count
        #expect(counts["srt"] == cues && counts["srt_by_pysubs2"] == cues && counts["vtt"] == cues && counts["lrc"] == cues)
        #expect(counts["chapters_in_vtt"] == 6 && counts["chapters_track"] == 6 && counts["headings"] == 7)
        #expect(counts["tsv"] == transcript.segments.count && counts["whisper_json"] == transcript.segments.count)
    }
}
