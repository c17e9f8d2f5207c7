import SpoolFiles

/// What the report reads: all jobs at a glance, and many at once in full.
public protocol ReportStore: Sendable {
    /// Every job that is not in the trash, in the order of arrival.
    func jobStamps() async throws -> [JobStamp]
    /// The jobs with these numbers that are not in the trash, in the order of arrival.
    /// - Parameter numbers: ascending.
    func jobs(numbered numbers: [Int64]) async throws -> [(number: Int64, job: Job)]
    /// The jobs with their pasts, in no order; those that are gone or in the trash are left out.
    func details(ofJobs jobIDs: [String]) async throws -> [JobDetails]
    /// What ended since a time, by spans.
    /// - Parameter step: seconds of a span.
    /// - Returns: the spans in which something ended, oldest first.
    func activity(since start: Timestamp, step: Int) async throws -> [Activity]
    /// What is waiting and running now.
    func load() async throws -> StoreLoad
    /// What has happened since the store was made, also to jobs that are not kept any more.
    func tallies() async throws -> [Tally]
    /// What is in the trash, the latest first.
    /// - Returns: how much there is, and `limit` of it.
    func trash(limit: Int) async throws -> (count: Int, latest: [TrashItem])
}

/// A video that is in the trash with all that belongs to it, or a job without one.
public struct TrashItem: Sendable, Hashable {
    /// Of the video or the job.
    public var id: String
    public var title: String
    public var deletedAt: Timestamp
    /// The person who deleted the video; of jobs it is not kept.
    public var deletedBy: String?
}

/// The jobs that ended in a span of time.
public struct Activity: Sendable, Hashable {
    public var start: Timestamp
    public var completed = 0
    public var failed = 0
    /// Completed jobs that worked on their video, rather than finding it there.
    public var worked = 0
    /// Seconds from the drop to the beginning of work, the mean over jobs that worked.
    public var waiting: Double?
    /// Seconds of work, the mean over jobs that worked.
    public var processing: Double?

    public init(start: Timestamp) { self.start = start }
}

/// How much there is to do.
public struct StoreLoad: Sendable, Hashable {
    /// Jobs in the line of each lane.
    public var waiting: [Lane: Int] = [:]
    /// Jobs that are worked on, by stage.
    public var running: [JobState: Int] = [:]

    public init() {}
}

/// A sum over all time.
public struct Tally: Sendable, Hashable {
    /// `jobs_ended` by state, `job_retries` by number, `job_seconds` by the upper bound of its class and `job_seconds_sum`,
    /// `stage_seconds_sum` and `stage_seconds_count` by stage, `stage_failures` by stage and class, `last_failure` in seconds since 1970,
    /// `videos_created`, `videos_reprocessed`, and `videos_deleted` and `videos_restored` by kind.
    public let name: String
    public let label: String
    public let value: Double

    public init(name: String, label: String, value: Double) {
        self.name = name
        self.label = label
        self.value = value
    }
}

/// Enough of a job to tell where it is listed, and whether it has changed since.
public struct JobStamp: Sendable, Hashable {
    /// The place in the order of arrival.
    public let number: Int64
    public let jobID: String
    public let state: JobState
    /// Grows with each move of the job.
    public let revision: Int64
    /// Progress, a title and warnings count too.
    public let updatedAt: Timestamp
    /// For whom.
    public let userID: String
    public let site: String
    /// A stage works on it, or did when the daemon was killed.
    public let isRunning: Bool

    public init(
        number: Int64, jobID: String, state: JobState, revision: Int64, updatedAt: Timestamp, userID: String, site: String, isRunning: Bool
    ) {
        self.number = number
        self.jobID = jobID
        self.state = state
        self.revision = revision
        self.updatedAt = updatedAt
        self.userID = userID
        self.site = site
        self.isRunning = isRunning
    }
}
