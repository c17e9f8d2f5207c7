import SpoolFiles

/// An item of a playlist or channel, as its list names it.
public struct ListItem: Sendable, Hashable {
    /// Stands for the address.
    public let addressID: String
    public let url: String
    public let site: String
    public let politeSite: String?
    public let title: String?
    /// Why it cannot be had, by the site's own word.
    public let unavailable: String?

    public init(addressID: String, url: String, site: String, politeSite: String?, title: String?, unavailable: String?) {
        self.addressID = addressID
        self.url = url
        self.site = site
        self.politeSite = politeSite
        self.title = title
        self.unavailable = unavailable
    }
}

/// One look at a playlist or channel.
public struct ListLook: Sendable {
    /// The site's own.
    public var id: String?
    public var title: String?
    /// In the list's order, each once.
    public var items: [ListItem] = []
    /// Places in the list where nothing is.
    public var holes: [ListSummary.Item] = []
    public var maxItems: Int
    /// Items behind `maxItems`; `nil` if it is not known how many.
    public var leftOut: Int? = 0
    /// Whether the list was read to its end: what is not in it then is gone.
    public var isWhole = true
    public var nextLook: Timestamp?

    public init(title: String?, maxItems: Int) {
        self.title = title
        self.maxItems = maxItems
    }
}

/// What a look at a list has brought.
public struct ListOutcome: Sendable {
    /// When a look first found something gone, and why.
    public struct Gone: Sendable, Hashable {
        public var at: Timestamp
        public var reason: String

        public init(at: Timestamp, reason: String) {
            self.at = at
            self.reason = reason
        }
    }

    public var summary: ListSummary
    /// The jobs that were made, in the list's order.
    public var made: [Job]
    /// The job of each item that is there, those of other drops among them.
    public var taken: [(item: ListItem, job: TakenJob)]
    /// Videos that are gone at their source, since this look or an earlier one; and those that are back.
    public var goneVideos: [String: Gone]
    public var returnedVideos: [String]
}

/// The record of what playlists and channels hold.
public protocol ListStore: Sendable {
    /// Notes what a look has found, and makes jobs of the items that need one, all in one step. Repeated, it makes none twice.
    ///
    /// An item that is there or under way needs none; nor, unless the list was dropped with `force`, one that failed for good at an
    /// earlier look; nor one that a list which is followed had at an earlier look.
    /// - Throws: `JobsError.movedByAnother` if the list's job has ended.
    func record(_ look: ListLook, of listJob: Job) async throws -> ListOutcome

    /// The jobs of lists that are followed, oldest first.
    func followed() async throws -> [Job]
}
