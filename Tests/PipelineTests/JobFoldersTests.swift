import Jobs
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

struct JobFoldersTests {
    /// A retry is answered once its status file is right, although a lane took the job before its folder had followed.
    @Test func whoAsksForASidecarNowFindsNoneOfTheTimeBefore() async throws {
        let folder = try TemporaryFolder()
        let layout = SpoolLayout(root: folder.path.appending("spool"))
        try Spool(layout: layout).make()
        let store = try SQLiteJobStore(path: layout.database.string)
        let folders = JobFolders(layout: layout, logger: .silent)
        let job = Job(
            id: SortableID.make(), dropID: "d", drop: "talk.url", ordinal: 0, site: "example.org", url: "https://example.org/a.mp4",
            recording: nil, videoID: nil, userID: "ann", spec: JobSpec(), maxRetries: 0, createdAt: .now())
        _ = try await store.insert([(DropRecord(id: "d", name: "talk.url", folder: .incoming, userID: "ann", takenAt: .now()), [job])])
        let cancelled = try await store.apply(.cancel(by: "ann", drop: "x"), to: job.id, from: .queued, owner: nil)
        try folders.follow(cancelled, from: nil)
        let retried = try await store.apply(.retryByHand(drop: "y"), to: job.id, from: .cancelled, owner: nil)
        let started = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first)
        try folders.follow(started, from: nil, sidecar: .late)
        try folders.follow(retried, from: nil)
        let sidecar = try SpoolJSON.read(
            StatusSidecar.self, at: layout.job(job.id, in: .downloading, endedOn: nil).appending(SpoolLayout.sidecarName))
        #expect(sidecar.status == .downloading)
    }
}
