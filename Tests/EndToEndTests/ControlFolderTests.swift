import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Everything that people ask for through the folders beside `incoming/`.
@Suite(.serialized) struct ControlFolderTests {
    private let folder: TemporaryFolder
    private let daemon: Daemon
    private let site: LocalSite
    private var layout: SpoolLayout { daemon.layout }

    init() async throws {
        folder = try TemporaryFolder()
        daemon = Daemon(spool: folder.path.appending("spool"), set: ["retry.max=0"])
        site = try await LocalSite()
        try await daemon.start()
    }

    /// A finished video, by its job.
    private func finished(_ name: String = "talk.mp4", text: String = Speech.library, drop: String = "talk.url") async throws
        -> StatusSidecar
    {
        site.serve(try FileSystem.read(try await Speech.video(text, at: folder.path.appending(name))), at: name)
        try daemon.drop("[InternetShortcut]\r\nURL=\(site.url(name))\r\n", as: drop)
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: drop).jobs.first).jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        return job
    }

    /// `long.mp4`, with whatever query, whose download takes hours.
    private func serveSlowly() {
        var endless = LocalSite.Behaviour()
        endless.speed = 1000
        site.serve(Data(count: 10_000_000), at: "long.mp4", endless)
    }

    private func metadata(_ videoID: String) throws -> VideoMetadata {
        try SpoolJSON.read(VideoMetadata.self, at: layout.bundle(videoID).appending(VideoMetadata.name))
    }

    private func results() async throws -> [String] {
        try await Tool.run("find", [layout.results.string, "-type", "f", "-printf", "%P\n"]).split(separator: "\n").map(String.init)
            .sorted()
    }

    // MARK: retry

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

    // MARK: cancel

    @Test func aDownloadIsCancelledByTheNameOfItsDrop() async throws {
        serveSlowly()
        try daemon.drop("\(site.url("long.mp4"))\n\(site.url("long.mp4?2"))\n", as: "long.txt")
        let jobs = try await daemon.receipt(for: "long.txt").jobs.map(\.jobID)
        _ = try await daemon.job(jobs[0], "downloading") { $0.stageState == .running }
        let started = ContinuousClock.now
        let receipt = try await daemon.ask("", as: "long.txt", in: .cancel)
        #expect(ContinuousClock.now - started < .seconds(5))
        #expect(receipt.actions?.map(\.action) == [.cancelled, .cancelled])
        for jobID in jobs {
            let job = try #require(try daemon.sidecar(jobID))
            #expect(job.status == .cancelled)
            #expect(job.waitReason == "cancelled by \(job.userID)")
            let place = layout.job(jobID, in: .cancelled, endedOn: job.completedAt?.day)
            #expect(try FileSystem.list(place).map(\.string) == [SpoolLayout.sidecarName])
        }
        #expect(try await daemon.ask("", as: "long.txt", in: .cancel).refused.first?.reason.contains("under way") == true)
    }

    @Test func ofAListWhatWaitsIsCancelledBeforeItBegins() async throws {
        serveSlowly()
        try daemon.drop((0..<40).map { site.url("long.mp4?\($0)") }.joined(separator: "\n"), as: "forty.txt")
        let jobs = try await daemon.receipt(for: "forty.txt").jobs.map(\.jobID)
        try await eventually("four to run") { site.requests.count == 4 }
        let receipt = try await daemon.ask("", as: "forty.txt", in: .cancel)
        #expect(receipt.actions?.compactMap(\.jobID) == jobs)
        #expect(receipt.actions?.count { $0.note == "it was queued" } == 36)
        #expect(site.requests.count == 4)
        for jobID in jobs { #expect(try daemon.sidecar(jobID)?.status == .cancelled) }
    }

    @Test func whatWasThereBeforeADropIsNotItsToCancel() async throws {
        serveSlowly()
        try daemon.drop(site.url("long.mp4"), as: "first.txt")
        let first = try #require(try await daemon.receipt(for: "first.txt").jobs.first).jobID
        try daemon.drop("\(site.url("long.mp4"))\n", as: "second.txt")
        try daemon.drop("\(site.url("long.mp4"))\n\(site.url("long.mp4?2"))\n", as: "third.txt")
        _ = try await daemon.receipt(for: "second.txt")
        let own = try #require(try await daemon.receipt(for: "third.txt").jobs.last).jobID
        for order in [ControlFolder.cancel, .delete] {
            let receipt = try await daemon.ask("", as: "second.txt", in: order)
            #expect(receipt.refused.first?.reason.contains("was there already, as job \(first) of the drop first.txt") == true)
        }
        #expect(try await daemon.ask("", as: "third.txt", in: .cancel).actions?.map(\.jobID) == [own])
        #expect(try daemon.sidecar(first)?.status.hasEnded == false)
        #expect(try await daemon.ask("", as: first, in: .cancel).outcome == .accepted)
    }

    @Test func aListNamesSeveralAndEachLineIsAnswered() async throws {
        serveSlowly()
        try daemon.drop("\(site.url("long.mp4?1"))\n\(site.url("long.mp4?2"))\n\(site.url("long.mp4?3"))\n", as: "three.txt")
        let jobs = try await daemon.receipt(for: "three.txt").jobs.map(\.jobID)
        let receipt = try await daemon.ask(
            "# not these\r\n\(jobs[0])\r\nno-such-job\r\n\(site.url("long.mp4?2"))\r\n", as: "some.txt", in: .cancel)
        #expect(receipt.outcome == .partly)
        #expect(receipt.actions?.compactMap(\.jobID) == [jobs[0], jobs[1]])
        #expect(receipt.refused.map(\.line) == [3])
        #expect(try daemon.sidecar(jobs[2])?.status.hasEnded == false)
        #expect(try await daemon.ask(jobs[2], as: "rest.txt", in: .cancel).outcome == .accepted)
    }

    // MARK: delete

    @Test func aDeletedVideoGoesIntoTheTrashAndComesBack() async throws {
        let job = try await finished()
        let videoID = try #require(job.videoID)
        #expect(try await results().count == 3)
        let receipt = try await daemon.ask("", as: "talk.url", in: .delete)
        let action = try #require(receipt.actions?.first)
        #expect(action.note == nil)
        #expect(action.action == .deleted)
        #expect(action.videoID == videoID)
        #expect(action.removes?.contains { $0.path == "videos/\(videoID)/transcript.json" && $0.bytes > 0 } == true)
        #expect(action.bytes == action.removes?.reduce(0) { $0 + $1.bytes })
        #expect((action.keptUntil ?? receipt.at) > receipt.at.adding(seconds: 29 * 86_400))
        #expect(!FileSystem.exists(layout.bundle(videoID)))
        #expect(FileSystem.exists(layout.trashed(videoID).appending(BundleManifest.name)))
        #expect(try await results().isEmpty)
        #expect(try daemon.sidecar(job.jobID) == nil)
        #expect(try await Command.run(["--spool", layout.root.string, "list"]).output.isEmpty)
        try await eventually("the page to go") { !FileSystem.exists(layout.report.appending("videos").appending("\(videoID).html")) }
        for order in [ControlFolder.reprocess, .update] {
            let text = order == .update ? "{\"title\": \"x\"}" : "{}"
            #expect(try await daemon.ask(text, as: "\(videoID).json", in: order).refused.first?.reason.contains("in the trash") == true)
        }
        // Ids tell the second; the next drop is of a later one.
        try await eventually("the next second") { Timestamp.now() > receipt.at.adding(seconds: 1) }
        let again = try #require(try await daemon.ask("", as: videoID, in: .delete).actions?.first)
        #expect(again.note == "it was in the trash already")
        #expect(again.keptUntil.map { abs($0.seconds(since: action.keptUntil ?? $0)) < 1 } == true)
        let restored = try await daemon.ask("{\"deleted\": false}", as: "\(videoID).json", in: .update)
        #expect(restored.actions?.map(\.action) == [.restored])
        #expect(FileSystem.exists(layout.bundle(videoID).appending(BundleManifest.name)))
        #expect(try daemon.sidecar(job.jobID)?.bundle == "videos/\(videoID)")
        #expect(try await results().count == 3)
    }

    @Test func aHardDeletionLeavesNothing() async throws {
        let job = try await finished()
        let videoID = try #require(job.videoID)
        let receipt = try await daemon.ask("{\"hard_delete\": true}", as: "\(videoID).json", in: .delete)
        #expect(receipt.actions?.map(\.action) == [.removed])
        #expect((receipt.actions?.first?.bytes ?? 0) > 0)
        for place in [layout.bundle(videoID), layout.trashed(videoID), layout.removing(videoID)] { #expect(!FileSystem.exists(place)) }
        #expect(try daemon.sidecar(job.jobID) == nil)
        #expect(try await results().isEmpty)
        // It is as if it had never been: the link is worked on again.
        try daemon.drop(site.url("talk.mp4"), as: "anew.txt")
        #expect(try await daemon.receipt(for: "anew.txt").jobs.first?.alreadyThere == nil)
    }

    @Test func anEmptyTextFileWithAHiddenExtensionDeletesForGoodToo() async throws {
        try daemon.drop("https://example.org/a.mp4", as: "die.hard.txt")
        let jobID = try #require(try await daemon.receipt(for: "die.hard.txt").jobs.first).jobID
        // A list of that name is no wish to delete for good.
        #expect(try await daemon.ask("https://example.org/a.mp4", as: "die.hard.txt", in: .delete).actions?.map(\.action) == [.deleted])
        #expect(try await daemon.ask("", as: "\(jobID).hard.txt", in: .delete).actions?.map(\.action) == [.removed])
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

    @Test func aFailedJobIsDeletedWithoutItsVideo() async throws {
        let job = try await finished()
        let videoID = try #require(job.videoID)
        let asked = try await daemon.ask("{\"model_size\": \"large-v1\", \"max_retries\": 0}", as: "\(videoID).json", in: .reprocess)
        let again = try #require(asked.jobs.first).jobID
        #expect(try await daemon.ended(again).status == .failed)
        for name in [again, "\(again).hard"] {
            let receipt = try await daemon.ask("", as: name, in: .delete)
            #expect(receipt.actions?.map(\.jobID) == [again])
            #expect(receipt.actions?.first?.videoID == nil)
        }
        #expect(FileSystem.exists(layout.bundle(videoID).appending(BundleManifest.name)))
        #expect(try daemon.sidecar(job.jobID)?.bundle == "videos/\(videoID)")
    }

    @Test func whatIsGoneForGoodIsNotFoundByItsDrop() async throws {
        let job = try await finished()
        _ = try await daemon.ask("", as: "\(try #require(job.videoID)).hard", in: .delete)
        for (order, text) in [(ControlFolder.delete, ""), (.cancel, ""), (.retry, ""), (.update, "{\"deleted\": false}")] {
            let name = order == .update ? "talk.json" : "talk.url"
            let receipt = try await daemon.ask(text, as: name, in: order)
            #expect(receipt.outcome == .rejected)
            #expect(receipt.refused.first?.code == .notFound, "\(order)")
        }
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

    @Test func workUnderWayIsCancelledBeforeItIsDeleted() async throws {
        serveSlowly()
        try daemon.drop(site.url("long.mp4"), as: "long.txt")
        let jobID = try #require(try await daemon.receipt(for: "long.txt").jobs.first).jobID
        _ = try await daemon.job(jobID, "downloading") { $0.stageState == .running }
        let receipt = try await daemon.ask("", as: "\(jobID).hard", in: .delete)
        #expect(receipt.actions?.map(\.action) == [.removed])
        #expect(receipt.actions?.first?.jobID == jobID)
        #expect(try daemon.sidecar(jobID) == nil)
        #expect(try FileSystem.list(layout.stageFolder(.downloading)).isEmpty)
    }

    @Test func aRunningJobThatIsDeletedLeavesItsStageFolder() async throws {
        serveSlowly()
        try daemon.drop(site.url("long.mp4"), as: "long.txt")
        let jobID = try #require(try await daemon.receipt(for: "long.txt").jobs.first).jobID
        _ = try await daemon.job(jobID, "downloading") { $0.stageState == .running }
        #expect(try await daemon.ask("", as: jobID, in: .delete).actions?.map(\.action) == [.deleted])
        #expect(try daemon.sidecar(jobID) == nil)
        #expect(FileSystem.exists(layout.trashed(jobID).appending(SpoolLayout.sidecarName)))
        #expect(try await daemon.ask("{\"deleted\": false}", as: "\(jobID).json", in: .update).actions?.map(\.action) == [.restored])
        #expect(try daemon.sidecar(jobID)?.status == .cancelled)
    }

    @Test func aHardDeletionTakesTheDroppedRecordingToo() async throws {
        let recording = try await Speech.wav(Speech.library, at: folder.path.appending("private.wav"))
        try daemon.drop(recording, as: "private.wav")
        let receipt = try await daemon.receipt(for: "private.wav")
        let videoID = try #require(try await daemon.ended(receipt.jobs[0].jobID).videoID)
        let kept = layout.accepted(receipt.dropID, day: receipt.at.day).appending("private.wav")
        #expect(FileSystem.exists(kept))
        let removed = try await daemon.ask("", as: "\(videoID).hard", in: .delete)
        #expect(removed.actions?.first?.removes?.contains { $0.path.hasPrefix("accepted/") } == true)
        #expect(!FileSystem.exists(kept))
    }

    @Test func aCancelledRecordingCanBeRetried() async throws {
        let recording = try await Speech.wav(Speech.library, times: 20, at: folder.path.appending("long.wav"))
        try daemon.drop(recording, as: "long.wav")
        let jobID = try #require(try await daemon.receipt(for: "long.wav").jobs.first).jobID
        _ = try await daemon.job(jobID, "transcribing") { $0.status == .transcribing && $0.stageState == .running }
        #expect(try await daemon.ask("", as: "long.wav", in: .cancel).actions?.map(\.action) == [.cancelled])
        #expect(try await daemon.ask("", as: jobID, in: .retry).actions?.map(\.action) == [.retried])
        #expect(try await daemon.job(jobID, "completed") { $0.status.hasEnded }.status == .completed)
    }

    @Test func anOlderDeletedBundleOutlivesTheDeletionOfANewerOne() async throws {
        let first = try await finished()
        let videoID = try #require(first.videoID)
        _ = try await daemon.ask("", as: videoID, in: .delete)
        try daemon.drop(site.url("talk.mp4"), as: "anew.txt")
        let second = try await daemon.ended(try #require(try await daemon.receipt(for: "anew.txt").jobs.first).jobID)
        #expect(second.status == .completed)
        #expect(try await daemon.ask("{\"deleted\": false}", as: "\(videoID).json", in: .update).outcome == .rejected)
        _ = try await daemon.ask("", as: videoID, in: .delete)
        let bundles = try FileSystem.list(layout.trash).map(\.string).filter { $0.hasPrefix(videoID) }
        #expect(bundles.count == 2)
        let jobIDs = try bundles.map {
            try SpoolJSON.read(BundleManifest.self, at: layout.trashed($0).appending(BundleManifest.name)).jobID
        }
        #expect(Set(jobIDs) == [first.jobID, second.jobID])
    }

    @Test func anotherListOfTheSameNameIsAnotherList() async throws {
        serveSlowly()
        try daemon.drop("\(site.url("long.mp4?1"))\n\(site.url("long.mp4?2"))\n", as: "links.txt")
        let jobs = try await daemon.receipt(for: "links.txt").jobs.map(\.jobID)
        let one = try await daemon.ask(site.url("long.mp4?2"), as: "links.txt", in: .cancel)
        #expect(one.actions?.compactMap(\.jobID) == [jobs[1]])
        let typo = try await daemon.ask("{\"targets\": [\"nothing\"]}", as: "links.json", in: .cancel)
        #expect(typo.outcome == .rejected)
        #expect(try daemon.sidecar(jobs[0])?.status.hasEnded == false)
        _ = try await daemon.ask("", as: jobs[0], in: .cancel)
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

    // MARK: update

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
        let refused = try await daemon.ask("{\"titel\": \"x\"}", as: "\(videoID).json", in: .update)
        #expect(refused.outcome == .rejected)
        #expect(refused.refused.first?.reason.contains("\"titel\"") == true)
        #expect(refused.refused.first?.hint?.contains("title") == true)
    }

    // MARK: reprocess

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
