import SpoolFiles

/// What a name stands for that a user put into a control folder.
public enum Subject: Sendable, Hashable {
    /// A job's id.
    case job(Job)
    /// A video's id, or the bare id that its site gives it. The record is missing while no bundle is finished.
    case video(id: String, VideoRecord?, jobs: [Job])
    /// The name of an earlier drop in `incoming/`; of several, the latest.
    case drop(DropRecord, jobs: [Job])
    /// A bare id that several sites have given.
    case ambiguous(videoIDs: [String])

    /// A drop of which nothing is there: it made no jobs, or they were removed.
    public var isNothing: Bool {
        if case .drop(_, let jobs) = self { jobs.isEmpty } else { false }
    }
}
