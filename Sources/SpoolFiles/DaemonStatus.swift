/// `.spoolscribe/daemon.json`: who works on the spool, what rests, and what is in the way. Written for people on other machines.
public struct DaemonStatus: Codable, Hashable, Sendable {
    public static let schemaVersion = 1

    /// A site or a stage that rests.
    public struct Pause: Codable, Hashable, Sendable {
        /// The site's or the stage's name.
        public var site: String?
        public var stage: JobState?
        public var until: Timestamp
        public var reason: String
        /// Jobs that wait for it.
        public var waiting: Int

        public init(site: String?, stage: JobState?, until: Timestamp, reason: String, waiting: Int) {
            self.site = site
            self.stage = stage
            self.until = until
            self.reason = reason
            self.waiting = waiting
        }

        /// What rests, for people.
        public var name: String { site ?? stage.map { "the stage \($0.label)" } ?? "" }
    }

    /// Something that keeps a drop or all work from going on.
    public struct Trouble: Codable, Hashable, Sendable {
        /// A path below the spool, or what cannot be used.
        public var subject: String
        /// What, why and what to do.
        public var message: String
        public var since: Timestamp

        public init(subject: String, message: String, since: Timestamp) {
            self.subject = subject
            self.message = message
            self.since = since
        }
    }

    public var schema = Self.schemaVersion
    public var host: String
    public var process: Int
    public var version: String
    public var startedAt: Timestamp
    public var updatedAt: Timestamp
    public var pauses: [Pause] = []
    public var troubles: [Trouble] = []

    public init(host: String, process: Int, version: String, startedAt: Timestamp) {
        self.host = host
        self.process = process
        self.version = version
        self.startedAt = startedAt
        updatedAt = startedAt
    }

    private enum CodingKeys: String, CodingKey {
        case schema, host, process, version, pauses, troubles
        case startedAt = "started_at"
        case updatedAt = "updated_at"
    }
}
