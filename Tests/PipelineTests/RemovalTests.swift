import Foundation
import Jobs
import Logging
import SpoolFiles
import SystemPackage
import TestSupport
import Testing
import Watcher

@testable import Pipeline

/// A hard deletion or a restoration that is cut off goes on where it stood, and its receipt still tells all.
struct RemovalTests {
    private let folder: TemporaryFolder
    private let layout: SpoolLayout
    private let store: FaultyJobStore
    private let catalogue: SQLiteJobStore

    init() async throws {
        folder = try TemporaryFolder()
        layout = SpoolLayout(root: folder.path)
        try Spool(layout: layout).make()
        catalogue = try SQLiteJobStore(path: layout.database.string)
        store = FaultyJobStore(catalogue)
        let job = Job(
            id: "20261125-091455-7f3kq2mz", dropID: "d", drop: "talk.url", ordinal: 0, site: "example.org",
            url: "https://example.org/a.mp4",
            recording: nil, videoID: "web-0123456789ab", userID: "ann", spec: JobSpec(), maxRetries: 0, createdAt: .now())
        _ = try await store.insert([(DropRecord(id: "d", name: "talk.url", folder: .incoming, userID: "ann", takenAt: .now()), [job])])
        try await store.apply(.cancel(by: "ann", drop: "x"), to: job.id, from: .queued)
        try await store.publish(
            VideoRecord(id: "web-0123456789ab", addressID: nil, jobID: job.id, title: "t", userID: "ann", createdAt: .now()))
        for name in [
            "manifest.json", "metadata.json", "transcript.json", "transcript.srt", "transcripts/old.json", "comments.jsonl",
            "media/audio.m4a",
        ] {
            try folder.write("12345", to: "videos/web-0123456789ab/\(name)")
        }
        let ended = try #require(try await store.details(of: job.id)).job
        try folder.write("{}", to: "jobs/cancelled/\(ended.endedOn ?? "")/\(job.id)/status.json")
    }

    private func service() -> ControlService {
        let folders = JobFolders(layout: layout, logger: .silent)
        var rules = ResultsFolder.Rules()
        rules.template = ""
        let results = ResultsFolder(layout: layout, store: store, rules: rules)
        let gate = BundleGate()
        let remover = VideoRemover(layout: layout, store: store, folders: folders, results: results, gate: gate, logger: .silent)
        return ControlService(
            layout: layout, store: store, catalogue: catalogue, folders: folders, running: RunningJobs(),
            results: results, gate: gate, edits: BundleEdits(layout: layout, rules: CueRules()), remover: remover, rules: .init(),
            keepTrash: 30, troubles: Troubles {},
            logger: .silent, jobsArrived: {}, changed: {})
    }

    private func claim(isLeftover: Bool) throws -> Claim {
        let place = DropPlace(.delete)
        let path = layout.claim("20261125-100000-00000000", from: place)
        let file = path.appending("web-0123456789ab.hard")
        if !isLeftover { try folder.write("", to: "claimed/\(path.lastComponent!.string)/web-0123456789ab.hard") }
        return Claim(
            dropID: "20261125-100000-00000000", place: place, folder: path, file: file, name: "web-0123456789ab.hard", userID: "ann",
            isLeftover: isLeftover)
    }

    /// `steps` are done, the next fails; then another daemon begins.
    @Test(arguments: 0..<Removal.Step.allCases.count) func cutOffAfter(steps: Int) async throws {
        store.failRemovals(after: steps)
        let receipt = layout.receipt(for: "web-0123456789ab.hard", in: .delete)
        #expect(await service().handle(try claim(isLeftover: false)) == false)
        #expect(!FileSystem.exists(receipt))
        #expect(!FileSystem.exists(layout.bundle("web-0123456789ab")))

        store.failRemovals(after: .max)
        let next = service()
        #expect(await next.handle(try claim(isLeftover: true)))
        let answer = try SpoolJSON.read(Receipt.self, at: receipt)
        #expect(answer.outcome == .accepted)
        #expect(answer.actions?.map(\.action) == [.removed])
        #expect(answer.actions?.first?.bytes == 37)
        #expect(try await store.removals().isEmpty)
        #expect(try await store.video("web-0123456789ab") == nil)
        #expect(try await store.jobs(ofVideo: "web-0123456789ab").isEmpty)
        #expect(try FileSystem.list(layout.trash).isEmpty)
        #expect(try FileSystem.list(layout.videos).isEmpty)
        #expect(try FileSystem.list(layout.claimed).isEmpty)
    }

    @Test func notedButNotBegunIsTakenAwayAllTheSame() async throws {
        // What is left when the daemon dies between the note and the first step.
        let claim = try claim(isLeftover: false)
        var notes = DoneNotes(claim: claim)
        var action = Receipt.Action(target: "web-0123456789ab", action: .removed, videoID: "web-0123456789ab")
        action.bytes = 37
        try notes.add(action)
        #expect(await service().handle(claim))
        #expect(!FileSystem.exists(layout.bundle("web-0123456789ab")))
        #expect(try await store.video("web-0123456789ab") == nil)
        let answer = try SpoolJSON.read(Receipt.self, at: layout.receipt(for: "web-0123456789ab.hard", in: .delete))
        #expect(answer.actions?.map(\.bytes) == [37])
    }

    @Test func answeredButNotPutAwayIsNotAskedAgain() async throws {
        let claim = try claim(isLeftover: false)
        #expect(await service().handle(claim))
        let path = layout.receipt(for: "web-0123456789ab.hard", in: .delete)
        let answer = try SpoolJSON.read(Receipt.self, at: path)
        // As a crash between the receipt and the move leaves it.
        try FileSystem.move(layout.accepted(claim.dropID, day: answer.at.day), to: claim.folder)
        #expect(await service().handle(try self.claim(isLeftover: true)))
        #expect(try SpoolJSON.read(Receipt.self, at: path) == answer)
        #expect(try FileSystem.list(layout.claimed).isEmpty)
    }

    @Test func aRestorationThatWasCutOffIsAnsweredAsOne() async throws {
        let videoID = "web-0123456789ab"
        try await store.putInTrash(videoID: videoID, by: "ann")
        try FileSystem.move(layout.bundle(videoID), to: layout.trashed(videoID))
        store.loseRestorations(1)
        let claim = try restoreClaim()
        #expect(await service().handle(claim) == false)
        #expect(await service().handle(claim))
        let answer = try SpoolJSON.read(Receipt.self, at: layout.receipt(for: claim.name, in: .update))
        #expect(answer.outcome == .accepted)
        #expect(answer.actions?.map(\.action) == [.restored])
        #expect(FileSystem.exists(layout.bundle(videoID)))
    }

    @Test func whatIsGoneFromTheTrashIsNotRestored() async throws {
        let videoID = "web-0123456789ab"
        try await store.putInTrash(videoID: videoID, by: "ann")
        // By somebody's hand.
        try FileSystem.remove(layout.bundle(videoID))
        let claim = try restoreClaim()
        #expect(await service().handle(claim))
        let answer = try SpoolJSON.read(Receipt.self, at: layout.receipt(for: claim.name, in: .update))
        #expect(answer.refused.first?.reason.contains("are gone from trash/") == true)
        #expect(try await store.video(videoID)?.deletedAt != nil)
    }

    private func restoreClaim() throws -> Claim {
        let place = DropPlace(.update)
        let path = layout.claim("20261125-100001-00000000", from: place)
        let file = try folder.write("{\"deleted\": false}", to: "claimed/\(path.lastComponent!.string)/web-0123456789ab.json")
        return Claim(
            dropID: "20261125-100001-00000000", place: place, folder: path, file: file, name: "web-0123456789ab.json", userID: "ann",
            isLeftover: false)
    }

    @Test func aRecordingThatCannotBeReachedKeepsNothingElse() async throws {
        let record = DropRecord(id: "20261125-100002-00000000", name: "Course", folder: .incoming, userID: "ann", takenAt: .now())
        let job = Job(
            id: "20261125-091456-7f3kq2mz", dropID: record.id, drop: "Course", ordinal: 0, site: "file", url: nil,
            recording: "week/talk.wav", videoID: "web-0123456789ab", userID: "ann", spec: JobSpec(), maxRetries: 0, createdAt: .now())
        _ = try await store.insert([(record, [job])])
        _ = try await store.take("web-0123456789ab", for: job)
        try folder.write("x", to: "elsewhere/talk.wav")
        let drop = layout.accepted(record.id, day: Timestamp.now().day).appending("Course")
        try FileSystem.makeFolder(drop, below: layout.accepted)
        // Its owner put a link in the place of the folder.
        try FileManager.default.createSymbolicLink(
            atPath: drop.appending("week").string, withDestinationPath: folder.path.appending("elsewhere").string)
        #expect(await service().handle(try claim(isLeftover: false)))
        #expect(!FileSystem.exists(layout.bundle("web-0123456789ab")))
        #expect(try FileSystem.list(layout.trash).isEmpty)
        #expect(FileSystem.exists(folder.path.appending("elsewhere/talk.wav")))
    }
}
