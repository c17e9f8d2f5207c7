import SpoolFiles

/// One run of the pipeline for one video, as the store keeps it.
///
/// A value: changes are made by `JobTransition`, which the store applies under a guard.
public struct Job: Sendable, Hashable, Identifiable {
    public let id: String
    public let dropID: String
    /// The name of the drop that made it.
    public let drop: String
    /// Its place in the drop, from 0.
    public let ordinal: Int
    /// The site or `web` or `file`; what a breaker pauses.
    public let site: String
    public let url: String?
    /// The name of the dropped recording, for jobs without a download.
    public let recording: String?
    public let userID: String
    public let spec: JobSpec
    public let createdAt: Timestamp

    public var videoID: String?
    public var title: String?
    public var priority: Int
    public var state: JobState = .queued
    /// Waiting or running, in a stage; `nil` elsewhere.
    public var stageState: StatusSidecar.StageState?
    /// The stage that runs, or that is the next to run.
    public var stage: JobState = .downloading
    /// The lane it stands in line for; `nil` if it is not in line.
    public var waitingLane: Lane?
    /// 0 to 100.
    public var progress = 0.0
    public var retryCount = 0
    public var manualRetryCount = 0
    public let maxRetries: Int
    public var notBefore: Timestamp?
    public var waitReason: String?
    /// How often in a row a crash interrupted this stage at `interruptedProgress`.
    public var interruptions = 0
    public var interruptedProgress: Double?
    public var lease: Lease?
    public var failure: Failure?
    public var warnings: [String] = []
    public var startedAt: Timestamp?
    public var endedAt: Timestamp?
    public var updatedAt: Timestamp

    /// Who works on the job, and until when without another sign of life.
    public struct Lease: Sendable, Hashable {
        public var owner: String
        public var expires: Timestamp

        public init(owner: String, expires: Timestamp) {
            self.owner = owner
            self.expires = expires
        }
    }

    public init(
        id: String, dropID: String, drop: String, ordinal: Int, site: String, url: String?, recording: String?,
        videoID: String?, userID: String, spec: JobSpec, maxRetries: Int, createdAt: Timestamp
    ) {
        self.id = id
        self.dropID = dropID
        self.drop = drop
        self.ordinal = ordinal
        self.site = site
        self.url = url
        self.recording = recording
        self.videoID = videoID
        self.userID = userID
        self.spec = spec
        self.maxRetries = maxRetries
        self.createdAt = createdAt
        title = spec.title
        priority = spec.priority ?? JobSpec.defaultPriority
        updatedAt = createdAt
        waitingLane = Lane(for: stage, of: self)
    }

    /// The day of the dated folder in which an ended job's sidecar lies.
    public var endedOn: String? { endedAt?.day }

    /// What people call it: its title, or what was dropped.
    public var displayName: String { title ?? recording ?? url ?? drop }
}
