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
        /// It could not be taken, and still lies where it was dropped. It is tried again, and its own answer will replace this one.
        case waiting
    }

    public struct Job: Codable, Hashable, Sendable {
        public var jobID: String
        public var videoID: String?
        public var url: String?
        /// The recording's name; of what was dropped in a folder, the path in it of the file that asked for this job.
        public var file: String?
        /// Files that were dropped with the recording and belong to it.
        public var companions: [String]?
        /// The video is there or under way: this job is an earlier drop's, and nothing is worked on twice.
        public var alreadyThere: Bool?
        /// Of a job that was there already: its state at that moment.
        public var status: JobState?
        /// Of a job that was there already: the video's title, once it is known.
        public var title: String?
        /// What a person should know beyond that.
        public var note: String?

        public init(jobID: String, videoID: String?, url: String?, file: String?, alreadyThere: Bool = false) {
            self.jobID = jobID
            self.videoID = videoID
            self.url = url
            self.file = file
            self.alreadyThere = alreadyThere ? true : nil
        }

        private enum CodingKeys: String, CodingKey {
            case url, file, companions, status, title, note
            case jobID = "job_id"
            case videoID = "video_id"
            case alreadyThere = "already_there"
        }
    }

    /// What became of a playlist or channel.
    public struct List: Codable, Hashable, Sendable {
        /// The list's own job.
        public var jobID: String
        public var url: String?
        public var summary: ListSummary

        public init(jobID: String, url: String?, summary: ListSummary) {
            self.jobID = jobID
            self.url = url
            self.summary = summary
        }

        private enum CodingKeys: String, CodingKey {
            case url, summary
            case jobID = "job_id"
        }
    }

    /// What was done for a drop in one of the control folders other than `incoming/`.
    public struct Action: Codable, Hashable, Sendable {
        public enum Kind: String, Codable, Sendable {
            case retried, cancelled, restored, updated, reprocessed
            /// In the trash, from where it can be restored.
            case deleted
            /// Gone for good.
            case removed
        }

        /// What the drop named.
        public var target: String
        public var action: Kind
        public var jobID: String?
        public var videoID: String?
        /// What a person should know beyond that.
        public var note: String?
        /// What was, or after `keptUntil` will be, removed.
        public var removes: [Removal]?
        /// The sum of the bytes in `removes`.
        public var bytes: Int64?
        public var keptUntil: Timestamp?

        public init(target: String, action: Kind, jobID: String? = nil, videoID: String? = nil, note: String? = nil) {
            self.target = target
            self.action = action
            self.jobID = jobID
            self.videoID = videoID
            self.note = note
        }

        private enum CodingKeys: String, CodingKey {
            case target, action, note, removes, bytes
            case jobID = "job_id"
            case videoID = "video_id"
            case keptUntil = "kept_until"
        }
    }

    /// A file that a deletion takes away.
    public struct Removal: Codable, Hashable, Sendable {
        /// Below the spool.
        public var path: String
        public var bytes: Int64

        public init(path: String, bytes: Int64) {
            self.path = path
            self.bytes = bytes
        }
    }

    /// Something in the drop that could not be used.
    public struct Refusal: Codable, Hashable, Sendable {
        /// The file's path in a dropped folder.
        public var file: String?
        /// The line, counted from 1, where the drop has lines.
        public var line: Int?
        /// The offending text, shortened.
        public var text: String?
        public var reason: String
        /// What would have worked.
        public var hint: String?
        /// For programs, where it matters to them.
        public var code: Code?

        public enum Code: String, Codable, Sendable {
            /// Nothing has that name.
            case notFound = "not_found"
            /// It belongs to somebody else.
            case forbidden
        }

        public init(line: Int? = nil, text: String? = nil, reason: String, hint: String? = nil, code: Code? = nil) {
            self.line = line
            self.text = text.map { String($0.prefix(200)) }
            self.reason = reason
            self.hint = hint
            self.code = code
        }
    }

    public var schema = Self.schemaVersion
    public var drop: String
    public var dropID: String
    public var folder: ControlFolder
    public var outcome: Outcome
    public var at: Timestamp
    public var userID: String
    /// The preset into whose folder it was dropped.
    public var preset: String?
    public var jobs: [Job]
    /// Playlists and channels among its links. Their items stand in `jobs` too.
    public var lists: [List]?
    public var actions: [Action]?
    public var refused: [Refusal]

    public init(
        drop: String, dropID: String, folder: ControlFolder, at: Timestamp, userID: String, jobs: [Job], actions: [Action]? = nil,
        refused: [Refusal]
    ) {
        self.drop = drop
        self.dropID = dropID
        self.folder = folder
        self.at = at
        self.userID = userID
        self.jobs = jobs
        self.actions = actions
        self.refused = refused
        outcome = refused.isEmpty ? .accepted : jobs.isEmpty && actions?.isEmpty != false ? .rejected : .partly
    }

    private enum CodingKeys: String, CodingKey {
        case schema, drop, folder, outcome, at, preset, jobs, lists, actions, refused
        case dropID = "drop_id"
        case userID = "user_id"
    }
}
