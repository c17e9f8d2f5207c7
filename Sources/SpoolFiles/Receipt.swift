/// The answer to a drop: `receipts/<folder>/<drop name>.json`, or the reason beside a rejected one.
public struct Receipt: Codable, Hashable, Sendable {
    public static let schemaVersion = 1

    public enum Outcome: String, Codable, Sendable {
        /// All of it became jobs.
        case accepted
        /// Some lines became jobs, some were refused.
        case partly
        /// Nothing of it could be used; the file lies unchanged in `rejected/`.
        case rejected
    }

    public struct Job: Codable, Hashable, Sendable {
        public var jobID: String
        public var videoID: String?
        public var url: String?
        public var file: String?

        public init(jobID: String, videoID: String?, url: String?, file: String?) {
            self.jobID = jobID
            self.videoID = videoID
            self.url = url
            self.file = file
        }

        private enum CodingKeys: String, CodingKey {
            case url, file
            case jobID = "job_id"
            case videoID = "video_id"
        }
    }

    /// Something in the drop that could not be used.
    public struct Refusal: Codable, Hashable, Sendable {
        /// The line, counted from 1, where the drop has lines.
        public var line: Int?
        /// The offending text, shortened.
        public var text: String?
        public var reason: String
        /// What would have worked.
        public var hint: String?

        public init(line: Int? = nil, text: String? = nil, reason: String, hint: String? = nil) {
            self.line = line
            self.text = text.map { String($0.prefix(200)) }
            self.reason = reason
            self.hint = hint
        }
    }

    public var schema = Self.schemaVersion
    public var drop: String
    public var dropID: String
    public var folder: ControlFolder
    public var outcome: Outcome
    public var at: Timestamp
    public var userID: String
    public var jobs: [Job]
    public var refused: [Refusal]

    public init(
        drop: String, dropID: String, folder: ControlFolder, at: Timestamp, userID: String, jobs: [Job], refused: [Refusal]
    ) {
        self.drop = drop
        self.dropID = dropID
        self.folder = folder
        self.at = at
        self.userID = userID
        self.jobs = jobs
        self.refused = refused
        outcome = refused.isEmpty ? .accepted : jobs.isEmpty ? .rejected : .partly
    }

    private enum CodingKeys: String, CodingKey {
        case schema, drop, folder, outcome, at, jobs, refused
        case dropID = "drop_id"
        case userID = "user_id"
    }
}
