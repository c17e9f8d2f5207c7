import Foundation
import Jobs
import Logging
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

/// What is old goes, each kind by its own time; what is not stays.
struct HousekeeperTests {
    private let folder: TemporaryFolder
    private let layout: SpoolLayout
    private let store: SQLiteJobStore
    private let start = Timestamp(rfc3339: "2026-11-25T12:00:00Z")!
    private let database: FilePath

    init() throws {
        folder = try TemporaryFolder()
        layout = SpoolLayout(root: folder.path.appending("spool"))
        try Spool(layout: layout).make()
        database = layout.database
        let start = start
        store = try SQLiteJobStore(path: database.string, clock: { start })
    }

    private func housekeeper(_ change: (inout Housekeeper.Rules) -> Void = { _ in }) -> Housekeeper {
        var rules = Housekeeper.Rules()
        change(&rules)
        let remover = VideoRemover(
            layout: layout, store: store, folders: JobFolders(layout: layout, logger: .silent),
            results: ResultsFolder(layout: layout, store: store, rules: .init()), gate: BundleGate(), logger: .silent)
        return Housekeeper(layout: layout, store: store, remover: remover, rules: rules, logger: .silent, changed: {})
    }

    private func write(_ text: String = "x", to path: String, age days: Double = 0) throws {
        let file = try folder.write(text, to: "spool/\(path)")
        let time = start.adding(seconds: -days * 86_400).date
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: file.string)
    }

    private func exists(_ path: String) -> Bool { FileSystem.exists(FilePath("\(layout.root.string)/\(path)")) }

    @Test func dropsAndReceiptsGoByTheirAge() async throws {
        try write(to: "accepted/2026-10-20/a/talk.url")
        try write(to: "accepted/2026-11-20/b/talk.url")
        try write(to: "receipts/incoming/old.json", age: 91)
        try write(to: "receipts/incoming/new.json", age: 89)
        for (name, days) in [("old", 91.0), ("new", 89)] {
            // The document itself is older than either.
            try write(to: "rejected/cancel/\(name)", age: 1000)
            let reason = Receipt(
                drop: name, dropID: SortableID.make(), folder: .cancel, at: start.adding(seconds: -days * 86_400), userID: "ann", jobs: [],
                refused: [.init(reason: "x")])
            try AtomicFile.write(SpoolJSON.data(reason), to: layout.rejectionReason(for: name, in: .cancel))
        }
        await housekeeper().sweep(at: start)
        for path in [
            "accepted/2026-10-20", "receipts/incoming/old.json", "rejected/cancel/old", "rejected/cancel/old.reason.json",
        ] { #expect(!exists(path), "\(path)") }
        for path in ["accepted/2026-11-20/b/talk.url", "receipts/incoming/new.json", "rejected/cancel/new"] {
            #expect(exists(path), "\(path)")
        }
    }

    @Test func withZeroDaysAllStays() async throws {
        try write(to: "accepted/2020-10-20/a/talk.url")
        await housekeeper { $0.accepted = 0 }.sweep(at: start)
        #expect(exists("accepted/2020-10-20/a/talk.url"))
    }

    @Test func theRecordOfOldJobsGoesAndTheFileShrinks() async throws {
        for batch in 0..<20 {
            let jobs = (0..<100).map { number -> Job in
                var job = Job(
                    id: "b\(batch)n\(number)", dropID: "d\(batch)", drop: "list.txt", ordinal: number, site: "example.org",
                    url: "https://example.org/\(batch)/\(number)?\(String(repeating: "x", count: 500))", recording: nil, videoID: nil,
                    userID: "ann",
                    spec: JobSpec(), maxRetries: 0, createdAt: start)
                job.title = "t"
                return job
            }
            _ = try await store.insert([
                (DropRecord(id: "d\(batch)", name: "list.txt", folder: .incoming, userID: "ann", takenAt: start), jobs)
            ])
            for job in jobs where batch > 0 { try await store.apply(.cancel(by: "ann", drop: "x"), to: job.id, from: .queued) }
        }
        try write(to: "jobs/cancelled/2026-11-25/b1n1/status.json")
        await housekeeper().sweep(at: start.adding(seconds: 89 * 86_400))
        #expect(try await store.statistics().total == 2000)
        #expect(exists("jobs/cancelled/2026-11-25/b1n1/status.json"))
        let before = try #require(FileSystem.attributes(of: database)).size
        await housekeeper().sweep(at: start.adding(seconds: 91 * 86_400))
        #expect(try await store.statistics().total == 100)
        #expect(!exists("jobs/cancelled/2026-11-25"))
        #expect(try await store.subject(named: "b0n0", for: nil) != nil)
        let after = try #require(FileSystem.attributes(of: database)).size
        #expect(after * 4 < before, "\(before) to \(after) bytes")
    }

    private func bundle(_ videoID: String, in place: String, age days: Double) async throws {
        let record = VideoRecord(
            id: videoID, addressID: nil, jobID: "j", title: "t", userID: "ann", createdAt: start.adding(seconds: -days * 86_400))
        try await store.publish(record)
        for file in ["media/audio.m4a", "media/thumbnail.jpg", "transcript.txt"] { try write("12345", to: "\(place)/\(videoID)/\(file)") }
        let metadata = VideoMetadata(
            videoID: videoID, title: "t", site: "file", media: .init(container: "mp4", duration: 1), tags: [], addedAt: start, userID: "ann"
        )
        let path = FilePath("\(layout.root.string)/\(place)/\(videoID)")
        try AtomicFile.write(SpoolJSON.data(metadata), to: path.appending(VideoMetadata.name))
        let manifest = try BundleManifest(
            ofBundle: path, videoID: videoID, jobID: "j", createdAt: record.createdAt, spoolscribe: "0", engine: nil)
        try AtomicFile.write(SpoolJSON.data(manifest), to: path.appending(BundleManifest.name))
    }

    @Test func trashIsEmptiedAfterItsTime() async throws {
        try await bundle("file-old", in: "trash", age: 0)
        try await store.putInTrash(videoID: "file-old", by: "ann")
        await housekeeper().sweep(at: start.adding(seconds: 29 * 86_400))
        #expect(exists("trash/file-old/manifest.json"))
        await housekeeper().sweep(at: start.adding(seconds: 31 * 86_400))
        #expect(!exists("trash/file-old"))
        #expect(try await store.video("file-old") == nil)
    }

    @Test func whatIsMadeAnewOrRestoredIsNotEmptiedWithTheTrash() async throws {
        try await bundle("file-old", in: "trash", age: 0)
        let job = Job(
            id: "again", dropID: "d", drop: "x", ordinal: 0, site: "file", url: nil, recording: "x.wav", videoID: "file-old", userID: "ann",
            spec: JobSpec(), maxRetries: 0, createdAt: start)
        try await store.putInTrash(videoID: "file-old", by: "ann")
        _ = try await store.insert([(DropRecord(id: "d", name: "x", folder: .incoming, userID: "ann", takenAt: start), [job])])
        await housekeeper().sweep(at: start.adding(seconds: 31 * 86_400))
        #expect(try await store.details(of: "again") != nil)
        #expect(try await store.video("file-old") != nil)
        // What no record knows is not ours to remove.
        try write(to: "trash/web-stranger/manifest.json", age: 400)
        await housekeeper().sweep(at: start.adding(seconds: 400 * 86_400))
        #expect(exists("trash/web-stranger/manifest.json"))
    }

    @Test func mediaGoesAndTheTextStays() async throws {
        try await bundle("file-old", in: "videos", age: 40)
        try await bundle("file-new", in: "videos", age: 20)
        await housekeeper { $0.media = 30 }.sweep(at: start)
        #expect(!exists("videos/file-old/media/audio.m4a"))
        #expect(exists("videos/file-old/media/thumbnail.jpg"))
        #expect(exists("videos/file-old/transcript.txt"))
        #expect(exists("videos/file-new/media/audio.m4a"))
        let manifest = try SpoolJSON.read(BundleManifest.self, at: layout.bundle("file-old").appending(BundleManifest.name))
        #expect(!manifest.files.contains { $0.path == "media/audio.m4a" })
    }
}
