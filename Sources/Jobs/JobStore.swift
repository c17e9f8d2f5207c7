import SpoolFiles

/// A drop as the store records it.
public struct DropRecord: Sendable, Hashable {
    public let id: String
    public let name: String
    public let folder: ControlFolder
    public let userID: String
    public let takenAt: Timestamp

    public init(id: String, name: String, folder: ControlFolder, userID: String, takenAt: Timestamp) {
        self.id = id
        self.name = name
        self.folder = folder
        self.userID = userID
        self.takenAt = takenAt
    }
}

/// What became of one link or recording of a drop.
public struct TakenJob: Sendable, Hashable {
    public let jobID: String
    public let videoID: String?
    /// The video was there or under way: the job is an earlier drop's.
    public let isAlreadyThere: Bool
    /// That earlier job as it is now; `nil` if it was forgotten since.
    public var earlier: Job?

    public init(jobID: String, videoID: String?, isAlreadyThere: Bool, earlier: Job? = nil) {
        self.jobID = jobID
        self.videoID = videoID
        self.isAlreadyThere = isAlreadyThere
        self.earlier = earlier
    }
}

/// A job with its whole past.
public struct JobDetails: Sendable, Hashable {
    public var job: Job
    public var attempts: [StatusSidecar.Attempt]
    public var history: [StatusSidecar.HistoryEntry]

    /// A job that has just been made.
    public init(new job: Job) {
        self.init(job: job, attempts: [], history: [.init(status: job.state, at: job.createdAt)])
    }

    init(job: Job, attempts: [StatusSidecar.Attempt], history: [StatusSidecar.HistoryEntry]) {
        self.job = job
        self.attempts = attempts
        self.history = history
    }
}

/// A site or a stage that rests, and why.
public struct Pause: Sendable, Hashable {
    public enum Subject: Sendable, Hashable {
        case site(String)
        case stage(JobState)
    }

    public var subject: Subject
    public var until: Timestamp
    public var reason: String
    /// Jobs that wait for its end.
    public var waiting: Int

    public init(subject: Subject, until: Timestamp, reason: String, waiting: Int) {
        self.subject = subject
        self.until = until
        self.reason = reason
        self.waiting = waiting
    }
}

/// Counts for people.
public struct JobStatistics: Sendable, Hashable, Codable {
    public var byState: [String: Int]
    /// Seconds from start to completion, the mean over completed jobs; `nil` if there are none.
    public var averageProcessing: Double?

    public init(byState: [String: Int], averageProcessing: Double?) {
        self.byState = byState
        self.averageProcessing = averageProcessing
    }

    public func count(_ states: JobState...) -> Int { states.reduce(0) { $0 + (byState[$1.rawValue] ?? 0) } }
    public var total: Int { byState.values.reduce(0, +) }
    /// Completed among those that completed or failed, 0 to 1; `nil` if none has.
    public var successRate: Double? {
        let ended = count(.completed, .failed)
        return ended == 0 ? nil : Double(count(.completed)) / Double(ended)
    }
}

/// The record of what is to be done and how far along it is.
///
/// Any number of workers may use one store. Every move of a job is guarded: it happens only if the job is where the
/// caller saw it, and is otherwise `JobsError.movedByAnother`. Times come from the store's own clock.
public protocol JobStore: Sendable {
    /// The store's time.
    func now() async -> Timestamp

    /// Records drops and their jobs in one durable step. A drop whose id is known already is left as it is.
    ///
    /// A job whose address is under way or finished already is not inserted, unless its spec has `force`: the drop then points to
    /// the earlier one. Each inserted job gets its turn in the fair order.
    /// - Returns: for each drop what became of its jobs, in their order in the drop.
    func insert(_ drops: [(drop: DropRecord, jobs: [Job])]) async throws -> [[TakenJob]]

    /// What became of the jobs of a drop that was inserted; `nil` if it is not known.
    func taken(ofDrop dropID: String) async throws -> [TakenJob]?

    /// Takes up to `limit` jobs that stand in line for the lane, first by priority, then in fair turns, then by age, and starts their stage.
    /// Of the jobs of one polite site only so many are at its pages at a time; the others are passed over.
    /// Jobs whose site or stage rests are set aside (`pending`) on the way and returned in `postponed`.
    func claim(_ lane: Lane, limit: Int, owner: String) async throws -> (started: [JobDetails], postponed: [JobDetails])

    /// Moves a job that is in the state given.
    /// - Parameter owner: whose lease the job must carry; `nil` for moves that are nobody's work.
    /// - Throws: `JobsError`.
    @discardableResult
    func apply(_ transition: JobTransition, to jobID: String, from state: JobState, owner: String?) async throws -> JobDetails

    /// Moves a job whose stage has ended, and in the same step starts for its worker the next in the lane's line; `nil` if nobody
    /// is in line, or whoever is must rest.
    func apply(
        _ transition: JobTransition, to jobID: String, from state: JobState, owner: String, thenStartNextIn lane: Lane
    ) async throws -> (moved: JobDetails, next: JobDetails?)

    /// Notes progress of a running stage (percent of the whole job) and renews its lease.
    func note(progress: Double, of jobID: String, owner: String) async throws

    /// Notes what a stage found out about the video.
    func note(videoID: String?, title: String?, warnings: [String], of jobID: String) async throws

    /// Puts into the line whatever in `pending` and `retrying` is due.
    /// - Returns: what was put in line, and the time at which the next is due.
    func enqueueDue(limit: Int) async throws -> (enqueued: [JobDetails], next: Timestamp?)

    /// The running jobs that nobody works on any more: leases of other owners (a crashed daemon), or run out.
    func abandoned(owner: String) async throws -> [Job]

    /// A site blocked us.
    /// - Parameter wish: when the site itself says that it may be asked again; `nil` if it does not say.
    /// - Returns: when it may be asked again.
    func siteBlocked(_ site: String, reason: String, wish: Timestamp?) async throws -> Timestamp
    /// A site answered.
    func siteAnswered(_ site: String) async throws
    /// Takes the turn to call a site, so that nobody else calls it before the time given.
    /// - Returns: when to ask again if it is not the time yet; `nil` if the turn was taken.
    func takeTurn(at site: String, until next: Timestamp) async throws -> Timestamp?
    /// Notes when a site may be called again.
    func note(nextCall time: Timestamp, to site: String) async throws
    /// A stage lacks something on this machine.
    func pauseStage(_ stage: JobState, seconds: Double, reason: String) async throws

    func details(of jobID: String) async throws -> JobDetails?
    /// Ended or not, newest first, without those in the trash. An empty list of states means all.
    func jobs(in states: [JobState], limit: Int, offset: Int) async throws -> [Job]
    /// The jobs that have not ended, by their ids: `limit` of them, behind the id given.
    func openJobs(after jobID: String?, limit: Int) async throws -> [Job]
    /// Forgets jobs that ended before the time given, with their past, and drops that have no jobs any more; the space goes back to
    /// the file system. Jobs in the trash stay as long as that keeps them.
    /// - Returns: the jobs that were forgotten, at most `limit`.
    func prune(endedBefore time: Timestamp, limit: Int) async throws -> [Job]
    func pauses() async throws -> [Pause]
    func statistics() async throws -> JobStatistics
}

extension JobStore {
    /// Moves a job that is in the state given, whoever works on it.
    @discardableResult
    public func apply(_ transition: JobTransition, to jobID: String, from state: JobState) async throws -> JobDetails {
        try await apply(transition, to: jobID, from: state, owner: nil)
    }
}
