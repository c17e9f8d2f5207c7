import Jobs
import SpoolFiles

/// What makes a transcript of a job's sound, or of what came with it.
///
/// The first engine that has something to go by makes it. Each continues what an earlier, interrupted run of it left in the job's folder,
/// reports progress, ends within two seconds when its task is cancelled, and says in the transcript's provenance what made it.
protocol TranscriptionEngine: Sendable {
    /// - Returns: `nil` if it has nothing to go by for this job; the next engine is asked.
    func transcribe(_ work: StageWork) async throws(StageFailure) -> Transcript?
}

extension StageWork {
    /// The failure of a recogniser as it counts: a model or a task that only this job asked for is this job's trouble, not that of the
    /// stage, which would rest for all.
    func ofThisJobAlone(_ failure: Failure, standardModel: String) -> Failure {
        let asksForOther = job.spec.modelSize.map { $0 != standardModel } ?? false || job.spec.task == .translate
        guard failure.class == .local, ["model_missing", "memory_limit", "out_of_memory", "server_address"].contains(failure.code),
            asksForOther
        else { return failure }
        var failure = failure
        failure.class = .permanent
        failure.hint =
            "Leave model_size and task out, or ask whoever runs the daemon to make the model available: to fetch it once, or to set transcription.folders, transcription.model or openai.model"
        return failure
    }
}
