import SpoolFiles

/// Something that is told to others: a job that ended, or a site that blocks us.
public struct Notice: Sendable, Hashable {
    public enum Event: String, Codable, Sendable, CaseIterable { case completed, failed, blocked }

    /// How it is told.
    public enum Channel: String, Sendable, CaseIterable { case command, webhook }

    /// What is told, and how. Nothing by default.
    public struct Rules: Sendable, Hashable {
        public var events: Set<Event> = []
        public var channels: Set<Channel> = []

        public init() {}
    }

    public let id: Int64
    public let event: Event
    public let channel: Channel
    /// One JSON object: `event`, `at`, and `job` as in `status.json`, or `site`, `until` and `reason`.
    public let body: String
    /// How often it was tried in vain.
    public let tries: Int

    struct Body: Encodable {
        var schema = 1
        let event: Event
        let at: Timestamp
        var job: StatusSidecar?
        var site: String?
        var until: Timestamp?
        var reason: String?
    }
}

/// What is still to be told. A notice is kept until it was delivered or given up.
public protocol NoticeStore: Sendable {
    /// Notices on a channel whose time has come, oldest first, and when the next on it is due.
    func dueNotices(on channel: Notice.Channel, limit: Int) async throws -> (due: [Notice], next: Timestamp?)
    /// It was delivered, or there is no use in trying on.
    func forget(notice id: Int64) async throws
    /// Forgets what would be told on any other channel than these.
    func forgetNotices(except channels: Set<Notice.Channel>) async throws
    /// It is tried again at the time given.
    func postpone(notice id: Int64, until time: Timestamp) async throws
}
