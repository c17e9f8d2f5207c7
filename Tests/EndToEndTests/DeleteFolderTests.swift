import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// What is dropped into `delete/`, and the way back.
@Suite(.serialized) struct DeleteFolderTests: ControlSuite {
    let folder: TemporaryFolder
    let daemon: Daemon
    let site: LocalSite

    init() async throws { (folder, daemon, site) = try await Self.begin() }

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
}
