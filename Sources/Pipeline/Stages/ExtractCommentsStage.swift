import Jobs
import SpoolFiles

/// Comments of the site. A plain media file or a recording has none, and nothing is left for it.
struct ExtractCommentsStage: Stage {
    func run(_ work: StageWork) async throws(StageFailure) {
        if work.job.spec.includeComments == true, work.job.recording == nil {
            try await work.learned(warnings: ["comments were asked for, but this version does not fetch comments"])
        }
    }
}
