import SpoolFiles

/// How a stage can end other than well.
enum StageFailure: Error, Sendable {
    /// It failed, and the class of the failure says what follows.
    case failed(Failure)
    /// The child that did the work died. Not a try: but the third time at the same point ends the job.
    case crashed(Failure)
    /// The video was there already, made by another job: there is nothing to do.
    case alreadyThere(jobID: String, videoID: String)
    /// The address leads to a playlist or channel: each of its items is a job of its own.
    case isList(SiteList)
    /// The task was cancelled, because the daemon stops or the job was cancelled.
    case interrupted

    /// What went wrong, for work without which a job can go on.
    /// - Parameter isLastCrash: whether another death of the child would fail the job.
    /// - Returns: `nil` if it must be left to the runner.
    func failure(isLastCrash: Bool) -> Failure? {
        switch self {
        case .failed(let failure): failure
        case .crashed(let failure): isLastCrash ? failure : nil
        case .alreadyThere, .isList, .interrupted: nil
        }
    }
}
