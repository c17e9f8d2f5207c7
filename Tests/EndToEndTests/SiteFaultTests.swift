import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// The network goes away in each of the calls to a site, and comes back, or does not.
@Suite(.serialized) struct SiteFaultTests {
    private let folder: TemporaryFolder
    private let site: TestVideoSite
    private let daemon: Daemon

    init() async throws {
        folder = try TemporaryFolder()
        site = try await TestVideoSite(in: folder)
        daemon = Daemon(
            spool: folder.path.appending("spool"),
            set: ["retry.delays=0.1", "retry.max=3", "tools.plugins=\(TestVideoSite.plugins)", "comments.include=true"])
        try await daemon.start()
    }

    private static let captions = Data("WEBVTT\n\n00:00.000 --> 00:04.000\nWritten by people\n".utf8)

    private var video: [String: Any] {
        site.film(title: "Opening hours").merging([
            "language": "en", "comment_count": 4, "subtitles": ["en": [["ext": "vtt", "url": site.url("en.vtt")]]],
        ]) { $1 }
    }

    private func serveComments(_ id: String) throws {
        for page in 1...2 {
            try site.serve(
                [["id": "\(page)a", "text": "a", "author": "x"], ["id": "\(page)b", "text": "b", "author": "y"]],
                at: "spooltest/\(id)/comments/\(page)")
        }
        try site.serve([Any](), at: "spooltest/\(id)/comments/3")
    }

    private func drop(_ id: String) async throws -> String {
        try daemon.drop(site.videoURL(id), as: "\(id).txt")
        return try #require(try await daemon.receipt(for: "\(id).txt").jobs.first).jobID
    }

    /// - Parameter times: so many that yt-dlp, which tries some calls again by itself, gives up at least once.
    private func broken(at byte: Int, times: Int) -> LocalSite.Behaviour {
        var behaviour = LocalSite.Behaviour()
        behaviour.cutAfter = Array(repeating: byte, count: times)
        return behaviour
    }

    private func checkWhole(_ job: StatusSidecar, _ id: String) throws {
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(job.warnings.isEmpty)
        #expect(job.attempts.contains { $0.outcome == "failed" && $0.error?.class == .transient })
        #expect(try daemon.transcript(of: "spooltest-\(id)").provenance.engine == "captions")
        let comments = try FileSystem.read(daemon.layout.bundle("spooltest-\(id)").appending("comments.jsonl"))
        #expect(comments.split(separator: UInt8(ascii: "\n")).count == 4)
    }

    @Test func theListingBreaksOff() async throws {
        try serveComments("listing")
        site.files.serve(Self.captions, at: "en.vtt")
        try site.serve(video, at: "spooltest/listing", broken(at: 10, times: 2))
        try checkWhole(try await daemon.ended(try await drop("listing")), "listing")
    }

    @Test func theMediaBreakOffHalfWayAndAreResumed() async throws {
        try serveComments("media")
        site.files.serve(Self.captions, at: "en.vtt")
        try site.say(video, of: "media")
        let film = try FileSystem.read(try await Speech.video(Speech.library, at: folder.path.appending("film.mp4")))
        site.files.serve(film, at: "film.mp4", broken(at: film.count / 8, times: 6))
        try checkWhole(try await daemon.ended(try await drop("media")), "media")
        let starts = site.files.requests.filter { $0.path == "/film.mp4" }.map { $0.range ?? "" }
        #expect(starts.contains { $0.hasPrefix("bytes=") && $0 != "bytes=0-" }, "\(starts)")
        let bundle = daemon.layout.bundle("spooltest-media")
        #expect(try FileSystem.read(bundle.appending("media/video.mp4")) == film)
    }

    @Test func theCaptionsBreakOff() async throws {
        try serveComments("captions")
        var broken = broken(at: 10, times: 6)
        broken.knowsRanges = false
        site.files.serve(Self.captions, at: "en.vtt", broken)
        try site.say(video, of: "captions")
        try checkWhole(try await daemon.ended(try await drop("captions")), "captions")
        // The media were not fetched again for it.
        #expect(site.files.requests.count { $0.path == "/film.mp4" } == 1)
    }

    @Test func theCommentsBreakOff() async throws {
        try serveComments("comments")
        site.files.serve(Self.captions, at: "en.vtt")
        try site.say(video, of: "comments")
        try site.serve(
            [["id": "2a", "text": "a"], ["id": "2b", "text": "b"]], at: "spooltest/comments/comments/2", broken(at: 5, times: 2))
        try checkWhole(try await daemon.ended(try await drop("comments")), "comments")
    }

    @Test func withoutCaptionsAndCommentsThereIsAWarning() async throws {
        var away = LocalSite.Behaviour()
        away.status = 503
        site.files.serve(Data(), at: "en.vtt", away)
        try serveComments("bare")
        site.files.serve(Data(), at: "spooltest/bare/comments/2", away)
        try site.say(video, of: "bare")
        let job = try await daemon.ended(try await drop("bare"))
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        let warnings = ["captions of the site could not be fetched", "comments could not be fetched but for the first 2"]
        for warning in warnings { #expect(job.warnings.contains { $0.hasPrefix(warning) }, "\(job.warnings)") }
        let bundle = daemon.layout.bundle("spooltest-bare")
        let manifest = try SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))
        #expect(manifest.warnings == job.warnings)
        #expect(WordErrorRate.of(try daemon.transcript(of: "spooltest-bare").text, against: Speech.library) <= 0.05)
        let page = daemon.layout.report.appending("videos/spooltest-bare.html")
        try await eventually("the warnings on the page") {
            let html = (try? FileSystem.read(page)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return warnings.allSatisfy(html.contains)
        }
    }

    @Test func aBlockAtTheCaptionsRestsTheSiteAndNotTheJob() async throws {
        var blocked = LocalSite.Behaviour()
        blocked.status = 429
        site.files.serve(Data(), at: "en.vtt", blocked)
        var silent = video
        silent["comment_count"] = 0
        try site.say(silent, of: "blocked")
        try daemon.drop("{\"url\": \"\(site.videoURL("blocked"))\", \"include_comments\": false}", as: "blocked.json")
        let jobID = try #require(try await daemon.receipt(for: "blocked.json").jobs.first).jobID
        let job = try await daemon.ended(jobID)
        #expect(job.status == .completed)
        #expect(job.warnings.contains { $0.contains("429") }, "\(job.warnings) \(job.attempts)")
        #expect(job.retryCount == 0)
        try site.say(video, of: "next")
        let next = try await daemon.job(try await drop("next"), "waiting for the site") { $0.status == .pending }
        #expect(next.waitReason?.contains("is left alone: ") == true)
        #expect(site.requests("next") == 0)
    }

    @Test func aSiteIsLeftAloneForAsLongAsItAsks() async throws {
        var blocked = LocalSite.Behaviour()
        blocked.status = 429
        blocked.retryAfter = "7200"
        site.files.serve(Data(), at: "a.mp4", blocked)
        try daemon.drop(site.url("a.mp4"), as: "a.txt")
        let asked = try #require(try await daemon.receipt(for: "a.txt").jobs.first).jobID
        let first = try await daemon.job(asked, "waiting") { $0.status == .pending && $0.nextAttemptAt != nil }
        #expect((6900...7200).contains(try #require(first.nextAttemptAt).seconds(since: .now())))
        // So do those that did not ask.
        try daemon.drop(site.url("b.mp4"), as: "b.txt")
        let other = try #require(try await daemon.receipt(for: "b.txt").jobs.first).jobID
        let second = try await daemon.job(other, "waiting") { $0.status == .pending && $0.nextAttemptAt != nil }
        #expect(second.nextAttemptAt == first.nextAttemptAt)
        #expect(site.files.requests.allSatisfy { $0.path == "/a.mp4" })
    }

    @Test func captionsThatAMachineMadeAreTheTranscriptIfTheyAreAskedFor() async throws {
        try site.serve(["events": [["tStartMs": 0, "dDurationMs": 3000, "segs": [["utf8": "the libary"]]]]], at: "auto.json3")
        site.files.serve(Self.captions, at: "en.vtt")
        let offer = ["en": [["ext": "json3", "url": site.url("auto.json3")]]]
        try site.say(site.film(title: "A").merging(["language": "en", "automatic_captions": offer]) { $1 }, of: "auto")
        try site.say(video, of: "force")
        try daemon.drop(
            """
            [{"url": "\(site.videoURL("auto"))", "include_comments": false},
             {"url": "\(site.videoURL("force"))", "include_comments": false, "force_whisper": true}]
            """, as: "two.json")
        for job in try await daemon.receipt(for: "two.json").jobs { #expect(try await daemon.ended(job.jobID).status == .completed) }
        #expect(try daemon.transcript(of: "spooltest-auto").provenance.engine == "faster-whisper")
        #expect(FileSystem.exists(daemon.layout.bundle("spooltest-auto").appending("captions/en.auto.json3")))
        #expect(try daemon.transcript(of: "spooltest-force").provenance.engine == "faster-whisper")
        #expect(FileSystem.exists(daemon.layout.bundle("spooltest-force").appending("captions/en.vtt")))

        // Both have captions still, and without the wish the other is the transcript.
        let answer = try await daemon.ask("{\"automatic_captions\": true}", as: "spooltest-auto.json", in: .reprocess)
        let again = try await daemon.ended(try #require(answer.jobs.first).jobID)
        #expect(again.status == .completed)
        let transcript = try daemon.transcript(of: "spooltest-auto")
        #expect(transcript.provenance.model == "automatic" && transcript.text == "the libary")
    }
}
