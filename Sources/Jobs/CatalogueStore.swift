import SpoolFiles

/// What the catalogue knows of a video, besides its comments.
public struct CatalogueEntry: Sendable {
    public let videoID: String
    /// Stands for the address it came from.
    public let addressID: String?
    public let title: String
    public let description: String?
    /// When it was published, or else added: `2026-11-25`.
    public let day: String
    public let chapters: [Chapters.Chapter]
    /// What is said, in the order of time.
    public let segments: [Segment]
    public let relations: Relations?

    public struct Segment: Sendable {
        /// Seconds.
        public let start: Double
        public let text: String

        public init(start: Double, text: String) {
            self.start = start
            self.text = text
        }
    }

    public init(
        videoID: String, addressID: String?, title: String, description: String?, day: String, chapters: [Chapters.Chapter],
        segments: [Segment], relations: Relations?
    ) {
        self.videoID = videoID
        self.addressID = addressID
        self.title = title
        self.description = description
        self.day = day
        self.chapters = chapters
        self.segments = segments
        self.relations = relations
    }
}

/// A place where words were found.
public struct SearchHit: Sendable, Hashable {
    /// What was searched there.
    public enum Kind: String, Sendable, CaseIterable { case title, description, chapter, comment, segment }

    public let videoID: String
    public let title: String
    public let kind: Kind
    /// A comment's id.
    public let reference: String?
    /// Seconds from the start of the recording, where the place has a time.
    public let start: Double?
    /// The words in their surroundings, each that was found between the two marks.
    public let snippet: String

    /// U+2068 and U+2069, which are left out of what is searched.
    public static let marks: (open: Character, close: Character) = ("\u{2068}", "\u{2069}")
}

/// Which videos are searched.
public struct SearchFilter: Sendable, Hashable {
    /// A channel's name, whatever its case, or its id.
    public var channel: String?
    public var tag: String?
    /// `2026-11-25`: published on that day or later.
    public var since: String?
    /// All kinds if empty.
    public var kinds: Set<SearchHit.Kind> = []

    public init() {}

    var isEmpty: Bool { self == SearchFilter() }
}

/// A part of the graph.
public struct Graph: Sendable, Hashable {
    public struct Place: Sendable, Hashable {
        public let node: Relations.Node
        /// Edges from where the walk began.
        public let depth: Int
    }

    public var places: [Place] = []
    /// Those between the places.
    public var edges: [Relations.Edge] = []
    /// There is more than was asked for.
    public var isCut = false
}

/// A place among all edges.
public struct GraphPlace: Sendable, Hashable {
    let videoID: String
    let source: String
    let verb: String
    let target: String
}

/// The searchable record of what videos hold and how they hang together. Videos in the trash are hidden in it.
public protocol CatalogueStore: Sendable {
    /// Puts what is known of a video in the place of what was known.
    func catalogue(_ entry: CatalogueEntry) async throws
    /// Takes the comments of a video out.
    func removeComments(ofVideo videoID: String) async throws
    /// Adds comments of a video behind those that are there.
    func add(_ comments: [Comment], ofVideo videoID: String) async throws
    /// The comments of a video in the order of its site.
    func comments(ofVideo videoID: String, limit: Int, offset: Int) async throws -> [Comment]
    /// Where words were found, the best first; of more than 5,000 places, or 1,000 where a filter is set, the best of the
    /// newest.
    /// - Parameter query: words that all must be there, in any form; "in quotation marks" in that order.
    func search(_ query: String, in filter: SearchFilter, limit: Int) async throws -> [SearchHit]

    /// What lies around a node, whichever way its edges lead.
    /// - Parameters:
    ///   - node: its id.
    ///   - kinds: the kinds of nodes that are walked over; all if empty.
    func graph(around node: String, depth: Int, kinds: [Relations.Kind], limit: Int) async throws -> Graph
    /// All nodes by their ids: `limit` of them, behind the one given.
    func graphNodes(after id: String, limit: Int) async throws -> [Relations.Node]
    /// All edges, in an order of their own: `limit` of them, behind the place given.
    /// - Returns: with the place behind them; `nil` if there were none.
    func graphEdges(after place: GraphPlace?, limit: Int) async throws -> (edges: [Relations.Edge], next: GraphPlace?)
}
