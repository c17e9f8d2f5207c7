/// `metadata.json`: what is known of the video apart from what is said in it.
public struct VideoMetadata: Codable, Hashable, Sendable {
    public static let schemaVersion = 1
    public static let name = "metadata.json"

    public struct Media: Codable, Hashable, Sendable {
        /// libavformat's name of the container.
        public var container: String
        /// Seconds.
        public var duration: Double
        public var audioCodec: String?
        public var videoCodec: String?
        /// Hertz.
        public var sampleRate: Int?
        public var channels: Int?
        /// Pixels.
        public var width: Int?
        public var height: Int?

        public init(container: String, duration: Double) {
            self.container = container
            self.duration = duration
        }

        private enum CodingKeys: String, CodingKey {
            case container, duration, channels, width, height
            case audioCodec = "audio_codec"
            case videoCodec = "video_codec"
            case sampleRate = "sample_rate"
        }
    }

    public var schema = Self.schemaVersion
    public var videoID: String
    public var title: String
    /// The page or file that was asked for.
    public var url: String?
    /// The name of the dropped recording.
    public var file: String?
    public var site: String
    public var channel: String?
    public var channelURL: String?
    public var description: String?
    /// `2026-11-25`.
    public var uploadDate: String?
    public var tags: [String]
    public var language: String?
    public var viewCount: Int?
    public var likeCount: Int?
    public var media: Media
    /// Bytes of the source as it was fetched or dropped.
    public var sourceBytes: Int64?
    /// `Last-Modified` or the file's modification time.
    public var sourceModified: Timestamp?
    public var addedAt: Timestamp
    public var userID: String

    public init(videoID: String, title: String, site: String, media: Media, tags: [String], addedAt: Timestamp, userID: String) {
        self.videoID = videoID
        self.title = title
        self.site = site
        self.media = media
        self.tags = tags
        self.addedAt = addedAt
        self.userID = userID
    }

    private enum CodingKeys: String, CodingKey {
        case schema, title, url, file, site, channel, description, tags, language, media
        case videoID = "video_id"
        case channelURL = "channel_url"
        case uploadDate = "upload_date"
        case viewCount = "view_count"
        case likeCount = "like_count"
        case sourceBytes = "source_bytes"
        case sourceModified = "source_modified"
        case addedAt = "added_at"
        case userID = "user_id"
    }
}
