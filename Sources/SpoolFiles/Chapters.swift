/// `chapters.json`: the parts of a video, in their order. Times are seconds from the start of the recording.
public struct Chapters: Codable, Hashable, Sendable {
    public static let schemaVersion = 1
    public static let name = "chapters.json"
    /// The same as a WebVTT chapters track.
    public static let trackName = "chapters.vtt"

    public struct Chapter: Codable, Hashable, Sendable {
        public var start: Double
        public var end: Double
        public var title: String

        public init(start: Double, end: Double, title: String) {
            self.start = start
            self.end = end
            self.title = title
        }
    }

    /// Where they come from.
    public enum Source: String, Codable, Sendable {
        /// The site tells them.
        case site
        /// Time stamps in the description.
        case description
    }

    public var schema = Self.schemaVersion
    public var source: Source
    public var chapters: [Chapter]

    /// Chapters with their starts; each ends where the next one begins, the last with the recording.
    /// - Returns: `nil` if none lies in the recording.
    public init?(source: Source, starts: [(start: Double, title: String)], duration: Double) {
        let known = starts.filter { $0.start >= 0 && $0.start < duration && !$0.title.trimmed.isEmpty }.sorted { $0.start < $1.start }
        guard !known.isEmpty else { return nil }
        self.source = source
        chapters = known.enumerated().map { index, chapter in
            Chapter(
                start: chapter.start, end: index + 1 < known.count ? known[index + 1].start : duration, title: chapter.title.trimmed)
        }
    }
}
