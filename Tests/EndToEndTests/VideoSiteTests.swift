import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// The real yt-dlp, started as in production, on the test's video site.
@Suite(.serialized) struct VideoSiteTests {
    private let folder: TemporaryFolder
    private let site: TestVideoSite
    private let daemon: Daemon

    init() async throws {
        folder = try TemporaryFolder()
        daemon = Daemon(
            spool: folder.path.appending("spool"),
            set: ["retry.delays=1", "retry.look_again_seconds=1", "tools.plugins=\(TestVideoSite.plugins)"])
        site = try await TestVideoSite(in: folder)
        try await daemon.start()
    }

    private var film: [String: Any] { site.film(title: "Opening hours") }

    private func dropped(_ id: String) async throws -> String {
        try daemon.drop(site.videoURL(id), as: "\(id).txt")
        return try #require(try await daemon.receipt(for: "\(id).txt").jobs.first).jobID
    }

    @Test func aVideoOfTheSiteIsFetched() async throws {
        try site.say(film, of: "abc-1")
        let job = try await daemon.ended(try await dropped("abc-1"))
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(job.videoID == "spooltest-abc-1")
        #expect(job.title == "Opening hours")
    }

    /// The recording in three sizes.
    private func sizes() throws -> [String: Any] {
        let film = try FileSystem.read(folder.path.appending("sound.m4a"))
        site.files.serve(film, at: "sound.m4a")
        return [
            "title": "Sizes",
            "formats": [
                ["format_id": "sound", "url": site.url("sound.m4a"), "ext": "m4a", "vcodec": "none", "acodec": "mp4a.40.2"],
                [
                    "format_id": "small", "url": site.url("film.mp4?small"), "ext": "mp4", "height": 180, "width": 320, "vcodec": "avc1",
                    "acodec": "mp4a.40.2",
                ],
                [
                    "format_id": "large", "url": site.url("film.mp4?large"), "ext": "mp4", "height": 1080, "width": 1920, "vcodec": "avc1",
                    "acodec": "mp4a.40.2",
                ],
            ],
        ]
    }

    @Test func whatIsNotKeptIsNotFetched() async throws {
        let film = folder.path.appending("film-for-sound.mp4")
        try await Speech.video(Speech.library, at: film)
        try await Tool.run("ffmpeg", ["-v", "error", "-i", film.string, "-vn", "-c", "copy", folder.path.appending("sound.m4a").string])
        try site.say(try sizes(), of: "sizes")
        try daemon.drop("{\"url\": \"\(site.videoURL("sizes"))\", \"keep_video\": false}", as: "sound.json")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "sound.json").jobs.first).jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(site.files.requests.contains { $0.path == "/sound.m4a" })
        #expect(!site.files.requests.contains { $0.path.hasPrefix("/film.mp4") })
        let media = try FileSystem.list(daemon.layout.bundle("spooltest-sizes").appending("media")).map(\.string)
        #expect(media == ["audio.m4a"])
    }

    @Test func whatIsTooLargeSaysSo() async throws {
        try await daemon.stop()
        let small = Daemon(
            spool: daemon.layout.root, set: ["network.max_bytes=1000", "tools.plugins=\(TestVideoSite.plugins)"])
        try await small.start()
        try site.say(film, of: "large")
        try small.drop(site.videoURL("large"), as: "large.txt")
        let job = try await small.ended(try #require(try await small.receipt(for: "large.txt").jobs.first).jobID)
        #expect(job.error?.code == "too_large")
        #expect(job.error?.hint?.contains("network.max_bytes") == true)
        try await small.stop()
    }

    @Test func followingASingleVideoIsNothingAndSaysSo() async throws {
        try site.say(film, of: "single")
        try daemon.drop("{\"url\": \"\(site.videoURL("single"))\", \"follow\": \"1d\"}", as: "single.json")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "single.json").jobs.first).jobID)
        #expect(job.status == .completed)
        #expect(job.warnings.contains { $0.contains("is for playlists and channels") })
    }

    @Test func aLiveStreamIsWaitedFor() async throws {
        try site.say(film.merging(["live_status": "is_live"]) { $1 }, of: "live")
        let jobID = try await dropped("live")
        let waiting = try await daemon.job(jobID, "waiting") { $0.status == .pending && $0.waitReason != nil }
        #expect(waiting.waitReason?.contains("is being broadcast now") == true)
        #expect(waiting.retryCount == 0)
        let bound = waiting.createdAt.adding(seconds: 7 * 86_400).day
        #expect(waiting.waitReason?.contains("It is waited for until \(bound) at the latest") == true)
        try site.say(film.merging(["live_status": "post_live"]) { $1 }, of: "live")
        let asked = site.requests("live")
        let again = try await daemon.job(jobID, "looked at again") { $0.status.hasEnded || site.requests("live") > asked + 1 }
        #expect(!again.status.hasEnded, "\(again.error?.description ?? "")")
        try site.say(film.merging(["live_status": "was_live"]) { $1 }, of: "live")
        #expect(try await daemon.ended(jobID).status == .completed)
    }

    @Test func aPremiereWaitsUntilItsTime() async throws {
        try site.say(["refusal": "Premieres in 3 hours"], of: "premiere")
        let waiting = try await daemon.job(try await dropped("premiere"), "waiting") { $0.status == .pending && $0.nextAttemptAt != nil }
        let seconds = try #require(waiting.nextAttemptAt).seconds(since: .now())
        #expect((3 * 3600 - 200...3 * 3600).contains(seconds))
    }

    @Test func whatIsNotForUsFailsWithWhatToDo() async throws {
        for (id, refusal, code) in [
            ("private", "Private video. Sign in if you've been granted access to this video", "private"),
            ("geo", "The uploader has not made this video available in your country", "geo_blocked"),
            ("gone", "Video unavailable. This video has been removed by the uploader", "removed"),
        ] {
            try site.say(["refusal": refusal], of: id)
            let job = try await daemon.ended(try await dropped(id))
            #expect(job.status == .failed)
            #expect(job.error?.class == .permanent)
            #expect(job.error?.code == code)
            #expect(job.error?.hint?.isEmpty == false)
        }
    }

    @Test func aBotCheckRestsTheSiteAndCountsNoTry() async throws {
        try site.say(["refusal": "Sign in to confirm you\u{2019}re not a bot. Use --cookies"], of: "one")
        try site.say(film, of: "two")
        let first = try await dropped("one")
        let waiting = try await daemon.job(first, "waiting") { $0.status == .pending && $0.waitReason != nil }
        #expect(waiting.retryCount == 0)
        let second = try await dropped("two")
        let other = try await daemon.job(second, "waiting") { $0.status == .pending && $0.waitReason != nil }
        #expect(other.waitReason?.contains("is left alone: ") == true)
        #expect(site.requests("two") == 0)
    }
}
