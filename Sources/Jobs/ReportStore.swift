import SpoolFiles

/// What the report reads: all jobs at a glance, and many at once in full.
public protocol ReportStore: Sendable {
    /// Every job that is not in the trash, in the order of arrival.
    func jobStamps() async throws -> [JobStamp]
    /// The jobs with these numbers that are not in the trash, in their order. No states at all means all.
    func jobs(numbered numbers: ClosedRange<Int64>, in states: Set<JobState>) async throws -> [Job]
    /// The jobs with their pasts, in the order of the ids; those that are gone or in the trash are left out.
    func details(ofJobs jobIDs: [String]) async throws -> [JobDetails]
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

    public init(number: Int64, jobID: String, state: JobState, revision: Int64, updatedAt: Timestamp) {
        self.number = number
        self.jobID = jobID
        self.state = state
        self.revision = revision
        self.updatedAt = updatedAt
    }
}
