import SpoolFiles

/// The record of finished videos, of what people changed in them, and of what is on its way out.
public protocol VideoStore: Sendable {
    /// What a name stands for: a job's id, a video's id, an address's id, a bare site id, or the name of an earlier drop with or
    /// without its extension: the user's own, else anybody's, of several the latest. `nil` if nothing has that name.
    func subject(named name: String, for user: String?) async throws -> Subject?

    /// Notes that a bundle was published. What people changed in an earlier one stays; one in the trash is another matter, and
    /// is not in the way.
    func publish(_ video: VideoRecord) async throws
    func video(_ videoID: String) async throws -> VideoRecord?
    /// Changes what people see of the video, and the titles of its jobs.
    /// - Returns: the record with all edits; `nil` if there is no such video.
    func edit(_ videoID: String, _ edits: VideoEdits) async throws -> VideoRecord?
    /// The jobs of a video, oldest first, those in the trash too.
    func jobs(ofVideo videoID: String) async throws -> [Job]
    /// Makes the video this job's own, unless another job that is under way or finished has it already.
    /// - Returns: who has it; `nil` if the video is now this job's.
    func take(_ videoID: String, for job: Job) async throws -> VideoHolder?

    /// Hides a video and its jobs. The files are moved by the caller.
    func putInTrash(videoID: String, by user: String) async throws
    /// Hides a job that has no video.
    func putInTrash(jobID: String) async throws
    func takeOutOfTrash(videoID: String) async throws
    func takeOutOfTrash(jobID: String) async throws
    /// What has lain in the trash since before the time given: ids of videos, and of jobs without a video.
    func trashed(before time: Timestamp) async throws -> (videoIDs: [String], jobIDs: [String])

    /// The paths below `results/` that belong to a video.
    func results(ofVideo videoID: String) async throws -> [String]
    /// Whose path below `results/` it is.
    func owner(ofResult path: String) async throws -> String?
    /// Notes the paths in place of the earlier ones.
    func note(results paths: [String], ofVideo videoID: String) async throws

    /// Hard deletions that have not ended.
    func removals() async throws -> [Removal]
    /// Notes a hard deletion; one that has begun already goes on where it stood.
    func begin(_ removal: Removal) async throws -> Removal
    /// Notes that a step is done. With `jobs` the job rows go, with `metadata` the video's row; with the last the removal itself.
    func note(_ step: Removal.Step, doneIn removal: Removal) async throws
}

/// The job that has made a video, or is making it.
public struct VideoHolder: Sendable, Hashable {
    /// The job may be forgotten already.
    public let jobID: String
    public let isFinished: Bool

    public init(jobID: String, isFinished: Bool) {
        self.jobID = jobID
        self.isFinished = isFinished
    }
}
