import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// The real yt-dlp, started as in production, on a site that lives on loopback: `Tests/Site` is its extractor, and what it says of a
/// video is the JSON at the video's address.
@Suite(.serialized) struct VideoSiteTests {
    private let folder: TemporaryFolder
    private let site: LocalSite
    private let daemon: Daemon

    init() async throws {
        folder = try TemporaryFolder()
        site = try await LocalSite()
        daemon = Daemon(
            spool: folder.path.appending("spool"),
            set: [
                "retry.max=0", "retry.look_again_seconds=1", "tools.plugins=\(Repository.root.appending("Tests/Site").string)",
            ])
        site.serve(try FileSystem.read(try await Speech.video(Speech.library, at: folder.path.appending("film.mp4"))), at: "film.mp4")
        try await daemon.start()
    }

    /// What the site says of a video from now on.
    private func say(_ words: [String: Any], of id: String) throws {
        var page = LocalSite.Behaviour()
        page.contentType = "application/json"
        site.serve(try JSONSerialization.data(withJSONObject: words), at: "spooltest/\(id)", page)
    }

    private var film: [String: Any] {
        ["title": "Opening hours", "formats": [["format_id": "1", "url": site.url("film.mp4"), "ext": "mp4"]]]
    }

    private func dropped(_ id: String) async throws -> String {
        try daemon.drop(site.url("spooltest/\(id)"), as: "\(id).txt")
        return try #require(try await daemon.receipt(for: "\(id).txt").jobs.first).jobID
    }

    @Test func aVideoOfTheSiteIsFetched() async throws {
        try say(film, of: "abc-1")
        let job = try await daemon.ended(try await dropped("abc-1"))
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(job.videoID == "spooltest-abc-1")
        #expect(job.title == "Opening hours")
    }

    @Test func aLiveStreamIsWaitedFor() async throws {
        try say(film.merging(["live_status": "is_live"]) { $1 }, of: "live")
        let jobID = try await dropped("live")
        let waiting = try await daemon.job(jobID, "waiting") { $0.status == .pending && $0.waitReason != nil }
        #expect(waiting.waitReason?.contains("is being broadcast now") == true)
        #expect(waiting.retryCount == 0)
        try say(film.merging(["live_status": "post_live"]) { $1 }, of: "live")
        let asked = site.requests.count { $0.path == "/spooltest/live" }
        try await eventually("it to be looked at again") { site.requests.count { $0.path == "/spooltest/live" } > asked + 1 }
        #expect(try daemon.sidecar(jobID)?.status.hasEnded == false)
        try say(film.merging(["live_status": "was_live"]) { $1 }, of: "live")
        #expect(try await daemon.ended(jobID).status == .completed)
    }

    @Test func aPremiereWaitsUntilItsTime() async throws {
        try say(["refusal": "Premieres in 3 hours"], of: "premiere")
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
            try say(["refusal": refusal], of: id)
            let job = try await daemon.ended(try await dropped(id))
            #expect(job.status == .failed)
            #expect(job.error?.class == .permanent)
            #expect(job.error?.code == code)
            #expect(job.error?.hint?.isEmpty == false)
        }
    }

    @Test func aBotCheckRestsTheSiteAndCountsNoTry() async throws {
        try say(["refusal": "Sign in to confirm you\u{2019}re not a bot. Use --cookies"], of: "one")
        try say(film, of: "two")
        let first = try await dropped("one")
        let waiting = try await daemon.job(first, "waiting") { $0.status == .pending && $0.waitReason != nil }
        #expect(waiting.retryCount == 0)
        let second = try await dropped("two")
        let other = try await daemon.job(second, "waiting") { $0.status == .pending && $0.waitReason != nil }
        #expect(other.waitReason?.contains("is left alone until") == true)
        #expect(site.requests.count { $0.path == "/spooltest/two" } == 0)
    }
}
