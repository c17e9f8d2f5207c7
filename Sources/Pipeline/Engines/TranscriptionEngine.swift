import SpoolFiles

/// What makes a transcript of a job's sound, or of what came with it.
///
/// The first engine that has something to go by makes it. Each continues what an earlier, interrupted run of it left in the job's folder,
/// reports progress, ends within two seconds when its task is cancelled, and says in the transcript's provenance what made it.
protocol TranscriptionEngine: Sendable {
    /// - Returns: `nil` if it has nothing to go by for this job; the next engine is asked.
    func transcribe(_ work: StageWork) async throws(StageFailure) -> Transcript?
}
