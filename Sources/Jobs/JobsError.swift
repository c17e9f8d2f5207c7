import SpoolFiles

/// What can go wrong with the record of jobs.
public enum JobsError: Error, Sendable, CustomStringConvertible {
    /// The life cycle has no such move from where the job is.
    case notAllowed(transition: String, jobID: String, state: JobState, stageState: StatusSidecar.StageState?)
    /// Another worker moved the job between reading and writing it.
    case movedByAnother(jobID: String)
    case notFound(jobID: String)
    /// The database cannot be used at all.
    case unusable(path: String, reason: String, hint: String)

    public var description: String {
        switch self {
        case .notAllowed(let transition, let jobID, let state, let stageState):
            "job \(jobID) cannot \(transition): it is \(state.label)\(stageState.map { " (\($0.rawValue))" } ?? "")"
        case .movedByAnother(let jobID): "job \(jobID) was moved by another worker meanwhile"
        case .notFound(let jobID): "there is no job \(jobID)"
        case .unusable(let path, let reason, let hint): "the database \(path) cannot be used: \(reason). \(hint)"
        }
    }
}
