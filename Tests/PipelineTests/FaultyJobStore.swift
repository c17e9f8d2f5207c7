import Jobs
import Logging
import SpoolFiles
import Synchronization

/// A real store whose inserts, steps of removal and restorations fail as often as told.
final class FaultyJobStore: JobStore, VideoStore {
    struct Fault: Error {}

    private let store: any JobStore & VideoStore
    private let faults = Mutex(0)
    private let stepsThatWork = Mutex(Int.max)
    private let restorations = Mutex(0)

    init(_ store: any JobStore & VideoStore) { self.store = store }

    /// The step of a removal after so many others fails, and all behind it.
    func failRemovals(after steps: Int) { stepsThatWork.withLock { $0 = steps } }

    /// Videos are taken out of the trash, and the answer is lost, so many times.
    func loseRestorations(_ times: Int) { restorations.withLock { $0 = times } }

    func failInserts(_ times: Int) { faults.withLock { $0 = times } }

    func insert(_ drops: [(drop: DropRecord, jobs: [Job])]) async throws -> [[TakenJob]] {
        let fails = faults.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if fails { throw Fault() }
        return try await store.insert(drops)
    }

    func taken(ofDrop dropID: String) async throws -> [TakenJob]? { try await store.taken(ofDrop: dropID) }
    func prune(endedBefore time: Timestamp, limit: Int) async throws -> [Job] { try await store.prune(endedBefore: time, limit: limit) }
    func now() async -> Timestamp { await store.now() }
    func claim(_ lane: Lane, limit: Int, owner: String) async throws -> (started: [JobDetails], postponed: [JobDetails]) {
        try await store.claim(lane, limit: limit, owner: owner)
    }
    func apply(_ transition: JobTransition, to jobID: String, from state: JobState, owner: String?) async throws -> JobDetails {
        try await store.apply(transition, to: jobID, from: state, owner: owner)
    }
    func apply(
        _ transition: JobTransition, to jobID: String, from state: JobState, owner: String, thenStartNextIn lane: Lane
    ) async throws -> (moved: JobDetails, next: JobDetails?) {
        try await store.apply(transition, to: jobID, from: state, owner: owner, thenStartNextIn: lane)
    }
    func note(progress: Double, of jobID: String, owner: String) async throws {
        try await store.note(progress: progress, of: jobID, owner: owner)
    }
    func note(videoID: String?, title: String?, warnings: [String], of jobID: String) async throws {
        try await store.note(videoID: videoID, title: title, warnings: warnings, of: jobID)
    }
    func enqueueDue(limit: Int) async throws -> (enqueued: [JobDetails], next: Timestamp?) { try await store.enqueueDue(limit: limit) }
    func abandoned(owner: String) async throws -> [Job] { try await store.abandoned(owner: owner) }
    func siteBlocked(_ site: String, reason: String, wish: Timestamp?) async throws -> Timestamp {
        try await store.siteBlocked(site, reason: reason, wish: wish)
    }
    func siteAnswered(_ site: String) async throws { try await store.siteAnswered(site) }
    func takeTurn(at site: String, until next: Timestamp) async throws -> Timestamp? { try await store.takeTurn(at: site, until: next) }
    func note(nextCall time: Timestamp, to site: String) async throws { try await store.note(nextCall: time, to: site) }
    func pauseStage(_ stage: JobState, seconds: Double, reason: String) async throws {
        try await store.pauseStage(stage, seconds: seconds, reason: reason)
    }
    func details(of jobID: String) async throws -> JobDetails? { try await store.details(of: jobID) }
    func jobs(in states: [JobState], limit: Int, offset: Int) async throws -> [Job] {
        try await store.jobs(in: states, limit: limit, offset: offset)
    }
    func openJobs(after jobID: String?, limit: Int) async throws -> [Job] { try await store.openJobs(after: jobID, limit: limit) }
    func pauses() async throws -> [Pause] { try await store.pauses() }
    func statistics() async throws -> JobStatistics { try await store.statistics() }

    func note(_ step: Removal.Step, doneIn removal: Removal) async throws {
        let fails = stepsThatWork.withLock { left in
            defer { left -= left > 0 && left < .max ? 1 : 0 }
            return left == 0
        }
        if fails { throw Fault() }
        try await store.note(step, doneIn: removal)
    }
    func subject(named name: String, for user: String?) async throws -> Subject? { try await store.subject(named: name, for: user) }
    func publish(_ video: VideoRecord) async throws { try await store.publish(video) }
    func video(_ videoID: String) async throws -> VideoRecord? { try await store.video(videoID) }
    func edit(_ videoID: String, _ edits: VideoEdits) async throws -> VideoRecord? { try await store.edit(videoID, edits) }
    func jobs(ofVideo videoID: String) async throws -> [Job] { try await store.jobs(ofVideo: videoID) }
    func take(_ videoID: String, for job: Job) async throws -> VideoHolder? { try await store.take(videoID, for: job) }
    func putInTrash(videoID: String, by user: String) async throws { try await store.putInTrash(videoID: videoID, by: user) }
    func putInTrash(jobID: String) async throws { try await store.putInTrash(jobID: jobID) }
    func takeOutOfTrash(videoID: String) async throws {
        try await store.takeOutOfTrash(videoID: videoID)
        let isLost = restorations.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if isLost { throw Fault() }
    }
    func takeOutOfTrash(jobID: String) async throws { try await store.takeOutOfTrash(jobID: jobID) }
    func trashed(before time: Timestamp) async throws -> (videoIDs: [String], jobIDs: [String]) { try await store.trashed(before: time) }
    func results(ofVideo videoID: String) async throws -> [String] { try await store.results(ofVideo: videoID) }
    func owner(ofResult path: String) async throws -> String? { try await store.owner(ofResult: path) }
    func note(results paths: [String], ofVideo videoID: String) async throws { try await store.note(results: paths, ofVideo: videoID) }
    func removals() async throws -> [Removal] { try await store.removals() }
    func begin(_ removal: Removal) async throws -> Removal { try await store.begin(removal) }
}

extension Logger {
    /// Says nothing.
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
