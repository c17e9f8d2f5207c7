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
}
