import Foundation
import Jobs
import Logging
import SpoolFiles
import SystemPackage
import TestSupport
import Testing
import Watcher

@testable import Pipeline

struct IntakeServiceTests {
    private let folder: TemporaryFolder
    private let layout: SpoolLayout
    private let store: FaultyJobStore
    private let intake: IntakeService

    init() throws {
        folder = try TemporaryFolder()
        layout = SpoolLayout(root: folder.path)
        try Spool(layout: layout).make()
        store = FaultyJobStore(try SQLiteJobStore(path: layout.database.string))
        intake = IntakeService(
            layout: layout, store: store, folders: JobFolders(layout: layout, logger: .silent), rules: .init(), control: nil,
            troubles: Troubles {}, logger: .silent
        ) {}
    }

    private func drop(_ text: String, as name: String) throws -> ReadyFile {
        ReadyFile(place: DropPlace(.incoming), path: try folder.write(text, to: "incoming/\(name)"))
    }

    private func receipt(_ name: String) throws -> Receipt {
        try SpoolJSON.read(Receipt.self, at: layout.receipt(for: name, in: .incoming))
    }

    @Test func aDropBecomesJobsWithFoldersAndAReceipt() async throws {
        await intake.take([try drop("https://example.org/a.mp4\nhttps://example.org/b.mp4\nx\n", as: "list.txt")])
        let receipt = try receipt("list.txt")
        #expect(receipt.outcome == .partly)
        #expect(Set(try await store.openJobs(after: nil, limit: 100).map(\.id)) == Set(receipt.jobs.map(\.jobID)))
        for job in receipt.jobs {
            let sidecar = layout.job(job.jobID, in: .queued, endedOn: nil).appending(SpoolLayout.sidecarName)
            #expect(try SpoolJSON.read(StatusSidecar.self, at: sidecar).drop == "list.txt")
        }
        #expect(try FileSystem.list(layout.claimed).isEmpty)
    }

    @Test func whatTheDatabaseDoesNotTakeIsTriedAgainAndMadeOnce() async throws {
        store.failInserts(3)
        await intake.take([try drop("https://example.org/a.mp4", as: "a.txt"), try drop("https://example.org/b.mp4", as: "b.txt")])
        #expect(try FileSystem.list(layout.claimed).count == 2)
        #expect(!FileSystem.exists(layout.receipt(for: "a.txt", in: .incoming)))
        // The next scan, without any new file.
        await intake.take([])
        #expect(try FileSystem.list(layout.claimed).isEmpty)
        #expect(try receipt("a.txt").jobs.count == 1)
        #expect(try await store.openJobs(after: nil, limit: 100).count == 2)
        #expect(try FileSystem.list(layout.stageFolder(.queued)).count == 2)
    }

    @Test func oneDropThatIsNotTakenDoesNotHoldBackTheOthers() async throws {
        // The batch fails, then the first of the two by itself.
        store.failInserts(2)
        await intake.take([try drop("https://example.org/a.mp4", as: "a.txt"), try drop("https://example.org/b.mp4", as: "b.txt")])
        #expect(try FileSystem.list(layout.claimed).count == 1)
        #expect(try await store.openJobs(after: nil, limit: 100).count == 1)
        await intake.take([])
        #expect(try await store.openJobs(after: nil, limit: 100).count == 2)
    }

    @Test func aClaimThatWasLeftBehindGoesOn() async throws {
        let claim = layout.claim(SortableID.make(), from: DropPlace(.incoming))
        try FileSystem.makeFolder(claim)
        try AtomicFile.write(Data("https://example.org/a.mp4".utf8), to: claim.appending("left.txt"))
        try FileSystem.makeFolder(layout.claim(SortableID.make(), from: DropPlace(.incoming)))
        await intake.recover()
        #expect(try receipt("left.txt").jobs.count == 1)
        #expect(try FileSystem.list(layout.claimed).isEmpty)
    }

    @Test func rejectedDropsOfOneNameAreBothKept() async throws {
        await intake.take([try drop("{1", as: "job.json")])
        await intake.take([try drop("{2", as: "job.json")])
        let kept = try FileSystem.list(layout.rejected(.incoming)).map(\.string)
        #expect(kept.count { $0.hasSuffix(".reason.json") } == 2)
        #expect(kept.count == 4)
        #expect(String(decoding: try FileSystem.read(layout.rejected(.incoming).appending("job.json")), as: UTF8.self) == "{1")
    }

    @Test func nothingIsWrittenWhileTheSpoolIsAway() async throws {
        let ready = try drop("https://example.org/a.mp4", as: "a.txt")
        try FileSystem.remove(layout.identity)
        await intake.take([ready])
        #expect(try FileSystem.list(layout.stageFolder(.queued)).isEmpty)
        #expect(!FileSystem.exists(layout.receipt(for: "a.txt", in: .incoming)))
        try AtomicFile.write(Data("id".utf8), to: layout.identity)
        await intake.take([])
        #expect(try receipt("a.txt").jobs.count == 1)
    }
}
