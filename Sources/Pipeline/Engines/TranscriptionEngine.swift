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
    /// stage, which would rest for all; what the settings ask for is the stage's trouble, not that of each job.
    func failure(_ failure: Failure, standardModel: String) -> Failure {
        var failure = failure
        let asksForOtherModel = job.spec.modelSize.map { $0 != standardModel } ?? false
        let asksForOtherArithmetic = job.spec.computeType.map { $0 != settings.transcription.computeType } ?? false
        switch (failure.class, failure.code) {
        case (.local, "model_missing") where asksForOtherModel: becomeThisJobs()
        case (.local, "memory_limit"), (.local, "out_of_memory"):
            if asksForOtherModel || asksForOtherArithmetic { becomeThisJobs() }
        case (.local, "compute_type_unsupported") where asksForOtherArithmetic:
            failure.class = .permanent
            failure.hint = "Leave compute_type out, or choose another one; float32 works on every machine"
        case (.local, "server_address"):
            if asksForOtherModel || job.spec.task == .translate { becomeThisJobs() }
        case (.permanent, "language_unsupported") where job.spec.language == nil && !asksForOtherModel:
            failure.class = .local
            failure.hint = "Set transcription.language to one that transcription.model knows, or take it out; or set another model"
        case (.permanent, "prompt_too_long") where job.spec.hotwords == nil && job.spec.initialPrompt == nil:
            failure.class = .local
            failure.hint = "Shorten transcription.hotwords and transcription.initial_prompt to the names and terms that matter most"
        default: break
        }
        return failure

        func becomeThisJobs() {
            failure.class = .permanent
            failure.hint =
                "Leave model_size, compute_type and task out, or ask whoever runs the daemon to make the model available: to fetch it once, or to set transcription.folders, transcription.model or openai.model"
        }
    }
}
