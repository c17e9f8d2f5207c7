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
            set: ["retry.max=0", "retry.look_again_seconds=1", "tools.plugins=\(TestVideoSite.plugins)"])
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
        try await eventually("it to be looked at again") { site.requests("live") > asked + 1 }
        #expect(try daemon.sidecar(jobID)?.status.hasEnded == false)
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
        #expect(other.waitReason?.contains("is left alone until") == true)
        #expect(site.requests("two") == 0)
    }
}
