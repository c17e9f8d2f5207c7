import SpoolFiles

/// The stages by name, and their order.
struct StageSequence: Sendable {
    let layout: SpoolLayout
    let worker: WhisperWorker
    let results: ResultsFolder

    /// The work of a state; what completes a job is published at the end of the last one.
    func stages(of state: JobState) -> [any Stage] {
        switch state {
        case .downloading: [DownloadStage()]
        case .extractingAudio: [ExtractAudioStage()]
        case .transcribing: [TranscribeStage(worker: worker)]
        case .extractingMetadata: [ExtractMetadataStage()]
        case .extractingComments: [ExtractCommentsStage(), PublishStage(layout: layout, results: results)]
        default: []
        }
    }

    /// The state after one, or `nil` after the last.
    static func next(after state: JobState) -> JobState? {
        guard let index = JobState.stages.firstIndex(of: state), index + 1 < JobState.stages.count else { return nil }
        return JobState.stages[index + 1]
    }
}
