import Jobs
import SpoolFiles

/// The stages by name, and their order.
public struct StageSequence: Sendable {
    /// The work of a state; what completes a job is published at the end of the last one.
    let stages: @Sendable (JobState) -> [any Stage]

    /// - Parameter worker: the local recogniser; another engine may be set.
    public init(
        layout: SpoolLayout, worker: WhisperWorker, settings: PipelineSettings, toolbox: Toolbox, results: ResultsFolder, gate: BundleGate,
        store: any CatalogueStore
    ) {
        let publish = PublishStage(
            layout: layout, results: results, gate: gate, catalogue: VideoCatalogue(layout: layout, store: store))
        let engine: any TranscriptionEngine =
            settings.transcription.engine == OpenAIEngine.name
            ? OpenAIEngine(planner: SpeechPlanner(toolbox: toolbox, grace: settings.grace)) : WhisperEngine(worker: worker)
        stages = { state in
            switch state {
            case .downloading: [DownloadStage()]
            case .extractingAudio: [ExtractAudioStage()]
            case .transcribing: [TranscribeStage(engines: [CaptionsEngine(), engine])]
            case .extractingMetadata: [ExtractMetadataStage()]
            case .extractingComments: [ExtractCommentsStage(), publish]
            default: []
            }
        }
    }

    /// Stages that do nothing, to measure what everything around them costs.
    package static let idle = StageSequence { _ in [] }

    init(stages: @escaping @Sendable (JobState) -> [any Stage]) { self.stages = stages }

    /// The state after one, or `nil` after the last.
    static func next(after state: JobState) -> JobState? {
        guard let index = JobState.stages.firstIndex(of: state), index + 1 < JobState.stages.count else { return nil }
        return JobState.stages[index + 1]
    }
}
