/// The eleven states of a job. The same names stand in SQL, in the stage folders and in `status.json`.
///
/// ```
///            ┌─────────┐   eligible    ┌────────┐
///  drop ───▶ │ pending │ ────────────▶ │ queued │ ◀──────────────────────────┐
///            └─────────┘               └────────┘                            │
///                 ▲                        │ a lane takes it                 │ due
///                 │ blocked, not yet       ▼                                 │
///                 │      ┌─────────────────────────────────────────┐   ┌──────────┐
///                 └───── │ downloading ▸ extracting_audio ▸        │ ─▶│ retrying │
///                        │ transcribing ▸ extracting_metadata ▸    │   └──────────┘
///                        │ extracting_comments                     │  transient
///                        └─────────────────────────────────────────┘
///                             │               │             │
///                             ▼               ▼             ▼
///                        completed         failed       cancelled
/// ```
public enum JobState: String, Codable, Sendable, CaseIterable {
    /// Known, not yet eligible: a not-before time, a blocked site, a disk below its floor.
    case pending
    /// Eligible, waits for a lane.
    case queued
    case downloading
    case extractingAudio = "extracting_audio"
    case transcribing
    case extractingMetadata = "extracting_metadata"
    case extractingComments = "extracting_comments"
    /// Failed, will be tried again at its `next_attempt_at`.
    case retrying
    case completed
    case failed
    case cancelled

    /// The five states in which a stage of the pipeline waits or works, in the order of the pipeline.
    public static let stages: [JobState] = [
        .downloading, .extractingAudio, .transcribing, .extractingMetadata, .extractingComments,
    ]

    /// `true` for a job that has ended; only a retry moves it on.
    public var hasEnded: Bool {
        switch self {
        case .completed, .failed, .cancelled: true
        default: false
        }
    }

    /// `true` for the five states of the pipeline.
    public var isStage: Bool { Self.stages.contains(self) }

    /// The name for people: `extracting_audio` is "extracting audio".
    public var label: String { Self.labels[self]! }

    private static let labels = Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.rawValue.replacing("_", with: " ")) })
}
