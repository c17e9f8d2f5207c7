/// `relations.json`: what a video has to do with other videos, people and things, as a graph.
public struct Relations: Codable, Hashable, Sendable {
    public static let schemaVersion = 1
    public static let name = "relations.json"

    /// What a node of the graph is.
    public enum Kind: String, Codable, Sendable, CaseIterable { case video, channel, tag, category, playlist, series, link, person }

    /// What an edge of the graph says.
    public enum Verb: String, Codable, Sendable, CaseIterable {
        /// A channel published the video.
        case published
        case hasTag = "has_tag"
        case inCategory = "in_category"
        case inPlaylist = "in_playlist"
        case partOf = "part_of"
        /// Its description leads there.
        case linksTo = "links_to"
        /// A person wrote comments under the video.
        case commentedOn = "commented_on"
    }

    public struct Node: Codable, Hashable, Sendable {
        public var kind: Kind
        /// What tells it from others of its kind: a video's id, a channel's id, a tag in lower case.
        public var key: String
        /// For people.
        public var label: String
        public var url: String?

        public init(_ kind: Kind, key: String, label: String, url: String? = nil) {
            self.kind = kind
            self.key = key
            self.label = label
            self.url = url
        }

        public var id: String { "\(kind.rawValue):\(key)" }
    }

    public struct Edge: Codable, Hashable, Sendable {
        /// Ids of nodes.
        public var from: String
        public var verb: Verb
        public var to: String
        /// How often, where that may be more than once.
        public var count: Int?

        public init(from: String, _ verb: Verb, to: String, count: Int? = nil) {
            self.from = from
            self.verb = verb
            self.to = to
            self.count = count
        }
    }

    public var schema = Self.schemaVersion
    public var videoID: String
    public var nodes: [Node]
    public var edges: [Edge]

    public init(videoID: String) {
        self.videoID = videoID
        nodes = []
        edges = []
    }

    /// Adds a node and an edge between it and the video.
    public mutating func add(_ node: Node, _ verb: Verb, isFromVideo: Bool = true, count: Int? = nil) {
        let video = "\(Kind.video.rawValue):\(videoID)"
        let edge = isFromVideo ? Edge(from: video, verb, to: node.id, count: count) : Edge(from: node.id, verb, to: video, count: count)
        nodes.append(node)
        edges.append(edge)
    }

    private enum CodingKeys: String, CodingKey {
        case schema, nodes, edges
        case videoID = "video_id"
    }
}
