/// What became of the items of a playlist or channel: in the status of its job, and in the receipt of its drop.
public struct ListSummary: Codable, Hashable, Sendable {
    /// An item that is not worked on, and why.
    public struct Item: Codable, Hashable, Sendable {
        public var title: String?
        public var url: String?
        public var videoID: String?
        public var reason: String

        public init(title: String?, url: String?, videoID: String? = nil, reason: String) {
            self.title = title
            self.url = url
            self.videoID = videoID
            self.reason = reason
        }

        private enum CodingKeys: String, CodingKey {
            case title, url, reason
            case videoID = "video_id"
        }
    }

    /// The site's own.
    public var id: String?
    public var title: String?
    /// Items that were read.
    public var items: Int
    /// Jobs that were made of them, in all looks at the list.
    public var jobs: Int
    /// Jobs that were made in the last look.
    public var new: Int
    /// Items that were there or under way already.
    public var alreadyThere: Int
    /// Removed, private and the like, by the site's own word.
    public var unavailable: [Item]
    /// What was there at an earlier look, and is gone now: at its source, or from the list.
    public var gone: [Item]
    /// Items behind `maxItems` that were not taken; `nil` if it is not known how many there are.
    public var leftOut: Int?
    public var maxItems: Int
    /// In words, if not everything was taken.
    public var note: String?
    public var lookedAt: Timestamp
    /// Of a list that is followed.
    public var nextLook: Timestamp?

    public init(title: String?, maxItems: Int, lookedAt: Timestamp) {
        self.title = title
        self.maxItems = maxItems
        self.lookedAt = lookedAt
        (items, jobs, new, alreadyThere) = (0, 0, 0, 0)
        (unavailable, gone) = ([], [])
    }

    /// In a sentence, for people.
    public var words: String {
        func count(_ number: Int, _ one: String) -> String { "\(number) \(one)\(number == 1 ? "" : "s")" }
        var parts = ["a list of \(count(items, "item")): \(count(new, "job"))"]
        if alreadyThere > 0 { parts.append("\(alreadyThere) there already") }
        if !unavailable.isEmpty { parts.append("\(unavailable.count) not available") }
        if !gone.isEmpty { parts.append("\(gone.count) gone since an earlier look") }
        return parts.joined(separator: ", ") + (note.map { "; \($0)" } ?? "")
    }

    private enum CodingKeys: String, CodingKey {
        case id, title, items, jobs, new, unavailable, gone, note
        case alreadyThere = "already_there"
        case leftOut = "left_out"
        case maxItems = "max_items"
        case lookedAt = "looked_at"
        case nextLook = "next_look_at"
    }
}
