import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// What is dropped into `retry/`, `update/` and `reprocess/`, and the names by which things are found.
@Suite(.serialized) struct ControlFolderTests: ControlSuite {
    let folder: TemporaryFolder
    let daemon: Daemon
    let site: LocalSite

    init() async throws { (folder, daemon, site) = try await Self.begin() }

    @Test func aFailedJobIsRetriedFromItsStageAndFirst() async throws {
        var broken = LocalSite.Behaviour()
        broken.status = 404
        site.serve(Data(), at: "talk.mp4", broken)
        try daemon.drop(site.url("talk.mp4"), as: "talk.txt")
        let jobID = try #require(try await daemon.receipt(for: "talk.txt").jobs.first).jobID
        #expect(try await daemon.ended(jobID).status == .failed)
        site.serve(try FileSystem.read(try await Speech.video(Speech.library, at: folder.path.appending("a.mp4"))), at: "talk.mp4")
        // The same file, moved into the folder.
        let receipt = try await daemon.ask(site.url("talk.mp4"), as: "talk.txt", in: .retry)
        #expect(receipt.outcome == .accepted)
        #expect(receipt.actions?.map(\.action) == [.retried])
        let job = try await daemon.job(jobID, "completed") { $0.status == .completed }
        #expect(job.priority == 1)
        #expect(job.manualRetryCount == 1)
        let again = try await daemon.ask("", as: jobID, in: .retry)
        #expect(again.outcome == .rejected)
        #expect(again.refused.first?.reason.contains("is completed") == true)
        #expect(again.refused.first?.hint?.contains("reprocess/") == true)
    }

    @Test func whatIsNamedTwiceIsDoneOnce() async throws {
        let job = try await finished()
        let videoID = try #require(job.videoID)
        let both = "{\"targets\": [\"\(job.jobID)\", \"\(videoID)\"]}"
        #expect(try await daemon.ask(both, as: "both.json", in: .reprocess).jobs.count == 1)
        var gone = LocalSite.Behaviour()
        gone.status = 404
        site.serve(Data(), at: "gone.mp4", gone)
        try daemon.drop(site.url("gone.mp4"), as: "gone.txt")
        let failed = try await daemon.ended(try #require(try await daemon.receipt(for: "gone.txt").jobs.first).jobID)
        let retried = try await daemon.ask("\(failed.jobID)\ngone.txt\n", as: "again.txt", in: .retry)
        #expect(retried.outcome == .accepted, "\(retried.refused)")
        #expect(Set(retried.actions?.compactMap(\.jobID) ?? []) == [failed.jobID])
        #expect(try await daemon.ended(failed.jobID).manualRetryCount == 1)
    }

    @Test func whatHasNoSuchNameIsRefusedWithWhereToLook() async throws {
        for folder in [ControlFolder.retry, .cancel, .delete, .reprocess] {
            let receipt = try await daemon.ask("", as: "nothing-of-this-name", in: folder)
            #expect(receipt.outcome == .rejected)
            #expect(receipt.refused.first?.reason.contains("no earlier drop of that name") == true)
        }
    }

    @Test func copiesFollowANewTemplate() async throws {
        let job = try await finished()
        let title = try #require(job.title)
        #expect(try await results().contains { $0.hasSuffix("\(title).txt") })
        try await daemon.stop()
        let other = Daemon(spool: layout.root, set: ["results.template={id}.{ext}", "results.files=[txt]"])
        try await other.start()
        try await eventually("the copies to be named anew") { try await results() == ["\(try #require(job.videoID)).txt"] }
        try await other.stop()
    }

    @Test func aRecordingInAFolderIsFoundByItsName() async throws {
        let source = folder.path.appending("Batch")
        try FileSystem.makeFolder(source)
        for name in ["one.wav", "two.wav"] {
            try await Speech.wav(name == "one.wav" ? Speech.library : Speech.garden, at: source.appending(name))
        }
        try await Tool.run("mv", [source.string, layout.control(.incoming).string])
        let jobs = try await daemon.receipt(for: "Batch").jobs
        for job in jobs { #expect(try await daemon.ended(job.jobID).status == .completed) }
        let two = try #require(jobs.first { $0.file == "two.wav" }).jobID
        let videoID = try #require(try daemon.sidecar(two)?.videoID)
        for name in ["two.wav", "Batch/two.wav"] {
            let receipt = try await daemon.ask("{\"targets\": [\"\(name)\"], \"title\": \"\(name)\"}", as: "name.json", in: .update)
            #expect(receipt.actions?.map(\.videoID) == [videoID], "\(receipt.refused)")
            let status = try await Command.run(["--spool", layout.root.string, "status", name])
            #expect(status.output.contains(two), "\(status.errors)")
        }
    }

    @Test func wrongValuesGetAnExampleThatFitsTheFolder() async throws {
        let job = try await finished()
        let videoID = try #require(job.videoID)
        for (text, order, words) in [
            ("{\"tags\": \"one\"}", ControlFolder.update, "\"tags\""), ("{\"title\": \"\"}", .update, "A better title"),
            ("{\"model_size\": \"big\"}", .reprocess, "base.en"), ("{\"priority\": \"high\"}", .reprocess, "model_size"),
        ] {
            let refusal = try #require(try await daemon.ask(text, as: "\(videoID).json", in: order).refused.first)
            #expect(refusal.hint?.contains(words) == true, "\(text): \(refusal.hint ?? "")")
            #expect(refusal.hint?.contains("url") == false)
            #expect(!refusal.reason.contains("a text where a text"))
        }
    }

    @Test func anUpdateChangesStoreBundleResultsAndReport() async throws {
        let job = try await finished()
        let videoID = try #require(job.videoID)
        let before = try SpoolJSON.read(BundleManifest.self, at: layout.bundle(videoID).appending(BundleManifest.name))
        let text =
            "{\"title\": \"Opening <hours> of 2026\", \"tags\": [\"library\", \"hours\"], \"description\": \"\", \"language\": \"en\"}"
        let receipt = try await daemon.ask(text, as: "\(videoID).json", in: .update)
        #expect(receipt.actions?.map(\.action) == [.updated])
        let metadata = try metadata(videoID)
        #expect(metadata.title == "Opening <hours> of 2026")
        #expect(metadata.tags == ["library", "hours"])
        let after = try SpoolJSON.read(BundleManifest.self, at: layout.bundle(videoID).appending(BundleManifest.name))
        #expect(after.createdAt == before.createdAt)
        #expect(after.files.first { $0.path == "transcript.json" } == before.files.first { $0.path == "transcript.json" })
        #expect(try daemon.sidecar(job.jobID)?.title == "Opening <hours> of 2026")
        #expect(try await results().allSatisfy { $0.contains("Opening _hours_ of 2026.") })
        try await eventually("the new title on the page") {
            (try? FileSystem.read(layout.report.appending("videos").appending("\(videoID).html"))).map {
                String(decoding: $0, as: UTF8.self).contains("Opening &lt;hours&gt; of 2026")
            } ?? false
        }
        // As a browser calls a second download.
        let second = try await daemon.ask("{\"tags\": [\"again\"]}", as: "\(videoID) (1).json", in: .update)
        #expect(second.actions?.map(\.videoID) == [videoID])
        #expect(try await daemon.ask("", as: "\(videoID) (1)", in: .delete).outcome == .rejected)
        // Of an earlier drop the number is part of the name.
        let stem = DropName.stem(job.drop)
        #expect(try await daemon.ask("{\"tags\": [\"c\"]}", as: "\(stem) (1).json", in: .update).outcome == .rejected)
        let refused = try await daemon.ask("{\"titel\": \"x\"}", as: "\(videoID).json", in: .update)
        #expect(refused.outcome == .rejected)
        #expect(refused.refused.first?.reason.contains("\"titel\"") == true)
        #expect(refused.refused.first?.hint?.contains("title") == true)
    }

    @Test func whatIsStoredIsTranscribedAgainWithoutTheSite() async throws {
        let job = try await finished()
        let videoID = try #require(job.videoID)
        _ = try await daemon.ask("{\"title\": \"Kept title\"}", as: "\(videoID).json", in: .update)
        let requests = site.requests.count
        var dead = LocalSite.Behaviour()
        dead.status = 500
        site.serve(Data(), at: "talk.mp4", dead)
        let receipt = try await daemon.ask("{\"hotwords\": \"library\"}", as: "talk.json", in: .reprocess)
        #expect(receipt.actions?.map(\.action) == [.reprocessed], "\(receipt.refused)")
        let again = try await daemon.ended(try #require(receipt.jobs.first).jobID)
        #expect(again.status == .completed, "\(again.error?.description ?? "")")
        #expect(again.origin == "reprocess")
        #expect(!again.attempts.contains { $0.stage == .downloading })
        #expect(site.requests.count == requests)
        let transcript = try daemon.transcript(of: videoID)
        #expect(transcript.provenance.jobID == again.jobID)
        #expect(transcript.provenance.hotwords == "library")
        #expect(try FileSystem.list(layout.bundle(videoID).appending("transcripts")).map(\.string) == ["\(job.jobID).json"])
        #expect(try metadata(videoID).title == "Kept title")
        #expect(try metadata(videoID).url == site.url("talk.mp4"))
        #expect(FileSystem.exists(layout.bundle(videoID).appending("media/video.mp4")))
    }

    @Test func ofWhatWasNotKeptTheReceiptSaysSo() async throws {
        let job = try await finished()
        let videoID = try #require(job.videoID)
        try FileSystem.remove(layout.bundle(videoID).appending("media"))
        let receipt = try await daemon.ask("", as: videoID, in: .reprocess)
        #expect(receipt.outcome == .rejected)
        #expect(receipt.refused.first?.reason.contains("neither picture nor sound was kept") == true)
    }
}
