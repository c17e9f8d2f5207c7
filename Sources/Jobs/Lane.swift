import SpoolFiles

/// A pool of workers that shares a limit.
public enum Lane: String, Codable, Sendable, CaseIterable {
    case network, cpu, asr

    /// The lane in which a stage of a job runs.
    ///
    /// Comments need the network only if they were asked for; a job without them must not wait behind downloads.
    public init(for stage: JobState, of job: Job) {
        self =
            switch stage {
            case .downloading: .network
            case .transcribing: .asr
            case .extractingComments: job.spec.includeComments == true ? .network : .cpu
            default: .cpu
            }
    }
}
