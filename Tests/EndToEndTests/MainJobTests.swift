import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// The way from a drop to a bundle and a page, with everything real.
@Suite(.serialized) struct MainJobTests {
    private let folder: TemporaryFolder
    private let daemon: Daemon
    private let site: LocalSite

    init() async throws {
        folder = try TemporaryFolder()
        daemon = Daemon(spool: folder.path.appending("spool"))
        site = try await LocalSite()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    @Test func aRecordingBecomesABundleAndAPage() async throws {
        try await Speech.wav(Speech.library, at: path("talk.wav"))
        try await daemon.start()
        try daemon.drop(path("talk.wav"), as: "Board meeting.wav")
        let receipt = try await daemon.receipt(for: "Board meeting.wav")
        #expect(receipt.outcome == .accepted)
        let job = try await daemon.ended(try #require(receipt.jobs.first).jobID)
        #expect(job.status == .completed)
        #expect(job.progressPercent == 100)
        #expect(job.retryCount == 0)
        #expect(job.title == "Board meeting")
        let videoID = try #require(job.videoID)
        #expect(videoID.hasPrefix("file-"))
        #expect(job.bundle == "videos/\(videoID)")

        let transcript = try daemon.transcript(of: videoID)
        #expect(WordErrorRate.of(transcript.text, against: Speech.library) <= 0.05)
        #expect(transcript.language == "en")
        #expect(transcript.provenance.engine == "faster-whisper")
        #expect(!transcript.segments.flatMap(\.words).isEmpty)
        try await checkBundle(daemon.layout.bundle(videoID))
        #expect(FileSystem.exists(daemon.layout.accepted(receipt.dropID, day: receipt.at.day).appending("Board meeting.wav")))
        #expect(try FileSystem.list(daemon.layout.claimed).isEmpty)

        let page = daemon.layout.report.appending("videos").appending("\(videoID).html")
        try await eventually("the page of the video") { FileSystem.exists(page) }
        #expect(String(decoding: try FileSystem.read(page), as: UTF8.self).contains("data-start="))
        #expect(try await daemon.stop() == 0)
    }

    /// What others rely on: hashes, strict readers, players.
    private func checkBundle(_ bundle: FilePath) async throws {
        let manifest = try SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))
        let names = Set(manifest.files.map(\.path))
        #expect(names.isSuperset(of: ["metadata.json", "transcript.json", "transcript.srt", "transcript.vtt", "transcript.txt"]))
        for file in manifest.files {
            let (bytes, digest) = try FileDigest.sha256(of: file.path.split(separator: "/").reduce(bundle) { $0.appending(String($1)) })
            #expect(bytes == file.bytes)
            #expect(digest == file.sha256)
        }
        let cues = try await Tool.run(
            Repository.python.string,
            [
                "-c", "import sys, webvtt; print(len(webvtt.read(sys.argv[1])), len(webvtt.from_srt(sys.argv[2])))",
                bundle.appending("transcript.vtt").string, bundle.appending("transcript.srt").string,
            ])
        let counts = cues.split { !$0.isNumber }
        #expect(counts.count == 2 && counts[0] == counts[1] && counts[0] != "0")
        for file in manifest.files where file.path.hasPrefix("media/") {
            // Decodes every frame; any damage is an error.
            try await Tool.run("ffmpeg", ["-v", "error", "-xerror", "-i", bundle.string + "/" + file.path, "-f", "null", "-"])
        }
    }

    @Test func aShortcutToAVideoIsDownloadedAndHasAPicture() async throws {
        site.serve(try FileSystem.read(try await Speech.video(Speech.garden, at: path("garden.mp4"))), at: "Garden%20tour.mp4")
        site.serve(try FileSystem.read(path("garden.mp4")), at: "Garden tour.mp4")
        try await daemon.start()
        try daemon.drop("[InternetShortcut]\r\nURL=\(site.url("Garden%20tour.mp4"))\r\n", as: "garden.url")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "garden.url").jobs.first).jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(job.title == "Garden tour")
        let videoID = try #require(job.videoID)
        #expect(videoID.hasPrefix("web-"))
        #expect(WordErrorRate.of(try daemon.transcript(of: videoID).text, against: Speech.garden) <= 0.05)
        let bundle = daemon.layout.bundle(videoID)
        for name in ["video.mp4", "audio.m4a", "thumbnail.jpg"] { #expect(FileSystem.exists(bundle.appending("media").appending(name))) }
        try await checkBundle(bundle)
    }

    @Test func ofAListTheGoodLinkIsDoneAndTheDeadOneExplained() async throws {
        site.serve(try FileSystem.read(try await Speech.video(Speech.library, at: path("a.mp4"))), at: "a.mp4")
        try await daemon.start()
        try daemon.drop("\(site.url("a.mp4"))\n\(site.url("gone.mp4"))\nnonsense\n", as: "list.txt")
        let receipt = try await daemon.receipt(for: "list.txt")
        #expect(receipt.outcome == .partly)
        #expect(receipt.refused.map(\.line) == [3])
        #expect(receipt.jobs.count == 2)
        let good = try await daemon.ended(receipt.jobs[0].jobID)
        let dead = try await daemon.ended(receipt.jobs[1].jobID)
        #expect(good.status == .completed)
        #expect(dead.status == .failed)
        #expect(dead.error?.code == "not_found")
        #expect(dead.error?.message.contains("HTTP 404") == true)
        #expect(dead.error?.hint != nil)
        #expect(dead.retryCount == 0)
        let page = daemon.layout.report.appending("index.html")
        try await eventually("the dead link on the overview") {
            (try? FileSystem.read(page)).map { String(decoding: $0, as: UTF8.self).contains("HTTP 404") } ?? false
        }
    }

    @Test func aWebPageIsGivenToYtDlp() async throws {
        site.serve(try FileSystem.read(try await Speech.video(Speech.library, at: path("a.mp4"))), at: "media/a.mp4")
        var html = LocalSite.Behaviour()
        html.contentType = "text/html; charset=utf-8"
        site.serve(
            Data("<html><head><title>Opening hours</title></head><body><video src=\"/media/a.mp4\"></video></body></html>".utf8),
            at: "watch/hours", html)
        try await daemon.start()
        try daemon.drop(site.url("watch/hours"), as: "page")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "page").jobs.first).jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(WordErrorRate.of(try daemon.transcript(of: try #require(job.videoID)).text, against: Speech.library) <= 0.05)
    }

    @Test func theSameVideoIsWorkedOnOnceUnlessItIsForced() async throws {
        site.serve(try FileSystem.read(try await Speech.video(Speech.library, at: path("a.mp4"))), at: "a.mp4")
        try await daemon.start()
        let url = site.url("a.mp4")
        try daemon.drop("\(url)\n\(url)?utm_source=mail\n\(url)#t=3\n", as: "thrice.txt")
        let receipt = try await daemon.receipt(for: "thrice.txt")
        #expect(Set(receipt.jobs.map(\.jobID)).count == 1)
        #expect(receipt.jobs.map(\.alreadyThere) == [nil, true, true])
        #expect(try await daemon.ended(receipt.jobs[0].jobID).status == .completed)
        #expect(site.requests.count == 1)

        try daemon.drop("[{\"url\": \"\(url)\", \"force\": true}, {\"url\": \"\(url)\", \"force\": true}]", as: "again.json")
        let again = try await daemon.receipt(for: "again.json")
        for job in again.jobs { #expect(try await daemon.ended(job.jobID).status == .completed) }
        let bundle = daemon.layout.bundle(try #require(try await daemon.ended(receipt.jobs[0].jobID).videoID))
        #expect(try FileSystem.list(daemon.layout.videos).count == 1)
        #expect(try FileSystem.list(bundle.appending("transcripts")).count == 2)
        try await checkBundle(bundle)
    }

    @Test func theSameRecordingUnderTwoNamesIsHeardOnce() async throws {
        try await Speech.wav(Speech.library, at: path("talk.wav"))
        try await daemon.start()
        try daemon.drop(path("talk.wav"), as: "One.wav")
        try daemon.drop(path("talk.wav"), as: "Two.wav")
        let jobs = [try await daemon.receipt(for: "One.wav"), try await daemon.receipt(for: "Two.wav")].flatMap(\.jobs)
        var ended: [StatusSidecar] = []
        for job in jobs { ended.append(try await daemon.ended(job.jobID)) }
        #expect(ended.allSatisfy { $0.status == .completed })
        #expect(ended.count { $0.attempts.contains { $0.stage == .transcribing } } == 1)
        #expect(ended.count { $0.warnings.contains { $0.contains("was there already") } } == 1)
        #expect(Set(ended.map(\.bundle)).count == 1)
    }

    @Test func jobsOfTwoModelsTakeTurns() async throws {
        site.serve(try FileSystem.read(try await Speech.video(Speech.library, at: path("a.mp4"))), at: "a.mp4")
        try await daemon.start()
        // The second model is not on this machine: its job fails for itself, and the others go on.
        let url = site.url("a.mp4")
        try daemon.drop(
            "[{\"url\": \"\(url)?1\"}, {\"url\": \"\(url)?2\", \"model_size\": \"base.en\"}, {\"url\": \"\(url)?3\"}]", as: "jobs.json")
        let jobs = try await daemon.receipt(for: "jobs.json").jobs
        #expect(try await daemon.ended(jobs[0].jobID).status == .completed)
        let other = try await daemon.ended(jobs[1].jobID)
        #expect(other.status == .failed)
        #expect(other.error?.code == "model_missing")
        #expect(try await daemon.ended(jobs[2].jobID).status == .completed)
    }

    @Test func withoutTheRecogniserJobsWaitAndSayWhy() async throws {
        let daemon = Daemon(spool: folder.path.appending("spool"), set: ["tools.python=/nowhere/python3"])
        try await Speech.wav(Speech.library, at: path("talk.wav"))
        try await daemon.start()
        try daemon.drop(path("talk.wav"), as: "talk.wav")
        let jobID = try #require(try await daemon.receipt(for: "talk.wav").jobs.first).jobID
        let waiting = try await daemon.job(jobID, "waiting for the recogniser") { $0.status == .pending }
        #expect(waiting.error?.code == "recogniser_missing")
        #expect(waiting.waitReason?.contains("spoolscribe doctor") == true)
        #expect(waiting.retryCount == 0)
    }

    @Test func aFullDiskIsToldToWhoeverLooksAtTheJob() async throws {
        let daemon = Daemon(spool: folder.path.appending("spool"), set: ["disk.floor=1125899906842624"])
        try await daemon.start()
        try daemon.drop("https://example.org/a.mp4", as: "a.txt")
        let jobID = try #require(try await daemon.receipt(for: "a.txt").jobs.first).jobID
        let waiting = try await daemon.job(jobID, "waiting for space") { $0.status == .pending }
        #expect(waiting.waitReason?.contains("Free some space") == true)
    }

    @Test func aPrivateAddressIsRefusedOnBothWays() async throws {
        try await daemon.start()
        try daemon.drop("http://127.0.0.2:\(site.port)/a.mp4\nhttp://127.0.0.2:\(site.port)/page\n", as: "private.txt")
        for job in try await daemon.receipt(for: "private.txt").jobs {
            let ended = try await daemon.ended(job.jobID)
            #expect(ended.status == .failed)
            #expect(ended.error?.code == "address_refused")
        }
        #expect(site.requests.isEmpty)
    }

    @Test func badFilesFailWithTheirOwnReasonsAndTheDaemonGoesOn() async throws {
        try await daemon.start()
        try folder.write("This is a letter.\n", to: "letter.mp4")
        try daemon.drop(path("letter.mp4"), as: "letter.mp4")
        try await Speech.wav(Speech.library, at: path("talk.wav"))
        try daemon.drop(path("talk.wav"), as: "talk.wav")
        let bad = try await daemon.ended(try #require(try await daemon.receipt(for: "letter.mp4").jobs.first).jobID)
        #expect(bad.status == .failed)
        #expect(bad.error?.code == "not_media")
        let good = try await daemon.ended(try #require(try await daemon.receipt(for: "talk.wav").jobs.first).jobID)
        #expect(good.status == .completed)
    }

    @Test func silenceGivesAnEmptyTranscriptThatSaysSo() async throws {
        try await Tool.run(
            "ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "5", path("silence.wav").string])
        try await daemon.start()
        try daemon.drop(path("silence.wav"), as: "silence.wav")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "silence.wav").jobs.first).jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        let transcript = try daemon.transcript(of: try #require(job.videoID))
        #expect(transcript.segments.isEmpty)
        #expect(transcript.flags == [.noSpeech, .silence])
        #expect(job.warnings == ["no speech was found: there is no sound in the recording"])
    }

    @Test func aMissingModelWaitsWithAReasonAndCountsNoTry() async throws {
        let daemon = Daemon(spool: folder.path.appending("spool"), set: ["transcription.model=/nowhere/model"])
        try await Speech.wav(Speech.library, at: path("talk.wav"))
        try await daemon.start()
        try daemon.drop(path("talk.wav"), as: "talk.wav")
        let jobID = try #require(try await daemon.receipt(for: "talk.wav").jobs.first).jobID
        let waiting = try await daemon.job(jobID, "waiting for the model") { $0.status == .pending }
        #expect(waiting.error?.class == .local)
        #expect(waiting.waitReason?.contains("/nowhere/model") == true)
        #expect(waiting.retryCount == 0)
    }
}
