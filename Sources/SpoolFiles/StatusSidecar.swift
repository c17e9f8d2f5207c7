/// `status.json`, the public view of a job, beside its work. Documented in `docs/spool-and-bundle.md`.
public struct StatusSidecar: Codable, Hashable, Sendable {
    public static let schemaVersion = 1

    /// Whether a stage waits for its lane or works.
    public enum StageState: String, Codable, Sendable { case waiting, running }

    public struct HistoryEntry: Codable, Hashable, Sendable {
        public var status: JobState
        public var at: Timestamp

        public init(status: JobState, at: Timestamp) {
            self.status = status
            self.at = at
        }
    }

    /// One run of one stage.
    public struct Attempt: Codable, Hashable, Sendable {
        public var stage: JobState
        public var startedAt: Timestamp
        public var endedAt: Timestamp?
        /// `done`, `failed`, `interrupted` or `cancelled`; absent while it runs.
        public var outcome: String?
        public var error: Failure?

        public init(stage: JobState, startedAt: Timestamp, endedAt: Timestamp?, outcome: String?, error: Failure?) {
            self.stage = stage
            self.startedAt = startedAt
            self.endedAt = endedAt
            self.outcome = outcome
            self.error = error
        }

        private enum CodingKeys: String, CodingKey {
            case stage, outcome, error
            case startedAt = "started_at"
            case endedAt = "ended_at"
        }
    }

    /// What the running stage has got done, in its own unit.
    public struct Work: Codable, Hashable, Sendable {
        /// `bytes` or `seconds`.
        public var unit: String
        public var done: Double
        public var total: Double?
        /// Units a second.
        public var speed: Double?
        /// Seconds until this stage is done, estimated.
        public var eta: Double?
        /// Of a stream that comes in pieces: the piece under way, and how many there are.
        public var fragment: Int?
        public var fragments: Int?

        public init(unit: String, done: Double, total: Double?, speed: Double?, eta: Double?) {
            self.unit = unit
            self.done = done
            self.total = total
            self.speed = speed
            self.eta = eta
        }

        private enum CodingKeys: String, CodingKey {
            case unit, done, total, speed, fragment, fragments
            case eta = "eta_seconds"
        }
    }

    public var schema = Self.schemaVersion
    public var jobID: String
    public var videoID: String?
    public var url: String?
    /// The name of the drop that made the job.
    public var drop: String
    public var title: String?
    public var status: JobState
    public var stageState: StageState?
    /// 0 to 100.
    public var progressPercent: Double
    public var currentStage: JobState?
    public var work: Work?
    public var priority: Int
    public var userID: String
    public var retryCount: Int
    public var manualRetryCount: Int
    public var maxRetries: Int
    public var nextAttemptAt: Timestamp?
    public var waitReason: String?
    public var createdAt: Timestamp
    public var startedAt: Timestamp?
    public var completedAt: Timestamp?
    public var updatedAt: Timestamp
    public var error: Failure?
    public var warnings: [String]
    public var attempts: [Attempt]
    public var history: [HistoryEntry]
    /// `drop` or `reprocess`.
    public var origin: String
    /// Of a job whose address leads to a playlist or channel: what became of its items.
    public var list: ListSummary?
    /// The job of the list that this one is an item of.
    public var listID: String?
    /// When a user deleted it into the trash.
    public var deletedAt: Timestamp?
    /// The bundle's path below the spool: `videos/web-0123456789ab`.
    public var bundle: String?
    public var spec: JobSpec

    public init(
        jobID: String, drop: String, status: JobState, priority: Int, userID: String, maxRetries: Int, createdAt: Timestamp, spec: JobSpec
    ) {
        self.jobID = jobID
        self.drop = drop
        self.status = status
        self.priority = priority
        self.userID = userID
        self.maxRetries = maxRetries
        self.createdAt = createdAt
        self.spec = spec
        progressPercent = 0
        retryCount = 0
        manualRetryCount = 0
        updatedAt = createdAt
        warnings = []
        attempts = []
        history = []
        origin = "drop"
    }

    /// A list that is followed, between two looks: not ended, and not under way.
    public var isResting: Bool { status == .pending && list != nil }

    private enum CodingKeys: String, CodingKey {
        case schema, url, drop, title, status, work, priority, error, warnings, attempts, history, origin, bundle, spec, list
        case jobID = "job_id"
        case videoID = "video_id"
        case listID = "list_id"
        case stageState = "stage_state"
        case progressPercent = "progress_percent"
        case currentStage = "current_stage"
        case userID = "user_id"
        case retryCount = "retry_count"
        case manualRetryCount = "manual_retry_count"
        case maxRetries = "max_retries"
        case nextAttemptAt = "next_attempt_at"
        case waitReason = "wait_reason"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case completedAt = "completed_at"
        case updatedAt = "updated_at"
        case deletedAt = "deleted_at"
    }
}
