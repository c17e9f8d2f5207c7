import SpoolFiles

extension JobDetails {
    /// The public view of the job.
    public func sidecar(work: StatusSidecar.Work? = nil) -> StatusSidecar {
        var sidecar = StatusSidecar(
            jobID: job.id, drop: job.drop, status: job.state, priority: job.priority, userID: job.userID,
            maxRetries: job.maxRetries, createdAt: job.createdAt, spec: job.spec)
        sidecar.videoID = job.videoID
        sidecar.url = job.url
        sidecar.title = job.title
        sidecar.stageState = job.stageState
        sidecar.progressPercent = job.progress
        sidecar.currentStage = job.state.hasEnded && job.state != .failed ? nil : job.stage
        sidecar.work = work
        sidecar.retryCount = job.retryCount
        sidecar.manualRetryCount = job.manualRetryCount
        sidecar.nextAttemptAt = job.notBefore
        sidecar.waitReason = job.waitReason
        sidecar.startedAt = job.startedAt
        sidecar.completedAt = job.endedAt
        sidecar.updatedAt = job.updatedAt
        sidecar.error = job.failure
        sidecar.warnings = job.warnings
        sidecar.attempts = attempts
        sidecar.history = history
        sidecar.origin = job.origin.rawValue
        sidecar.deletedAt = job.deletedAt
        sidecar.list = job.list
        sidecar.listID = job.listID
        if job.state == .completed, job.deletedAt == nil, let videoID = job.videoID { sidecar.bundle = "videos/\(videoID)" }
        return sidecar
    }
}
