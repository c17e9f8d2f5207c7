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
        /// Of the sound track that was heard, as its container has it.
        public var audioLanguage: String?
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
            case audioLanguage = "audio_language"
            case videoCodec = "video_codec"
            case sampleRate = "sample_rate"
        }
    }

    /// That a video can no longer be had where it came from.
    public struct SourceGone: Codable, Hashable, Sendable {
        /// When it was found gone.
        public var at: Timestamp
        public var reason: String

        public init(at: Timestamp, reason: String) {
            self.at = at
            self.reason = reason
        }
    }

    /// A playlist, by the site's own id.
    public struct Playlist: Codable, Hashable, Sendable {
        public var id: String?
        public var title: String?
        /// The video's place in it, from 1.
        public var index: Int?

        public init(id: String?, title: String?, index: Int?) {
            self.id = id
            self.title = title
            self.index = index
        }
    }

    /// A series and the video's place in it.
    public struct Series: Codable, Hashable, Sendable {
        public var title: String
        public var season: String?
        public var seasonNumber: Int?
        public var episode: String?
        public var episodeNumber: Int?

        public init(title: String) { self.title = title }

        private enum CodingKeys: String, CodingKey {
            case title, season, episode
            case seasonNumber = "season_number"
            case episodeNumber = "episode_number"
        }
    }

    /// What read the site.
    public struct Extractor: Codable, Hashable, Sendable {
        public var name: String
        /// Of yt-dlp.
        public var version: String?

        public init(name: String, version: String?) {
            self.name = name
            self.version = version
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
    /// The bare id that the site gives.
    public var siteID: String?
    public var channel: String?
    public var channelID: String?
    public var channelURL: String?
    public var channelFollowerCount: Int?
    public var uploader: String?
    public var uploaderID: String?
    public var description: String?
    /// `2026-11-25`.
    public var uploadDate: String?
    /// To the second, where the site tells it.
    public var publishedAt: Timestamp?
    public var categories: [String]?
    public var tags: [String]
    /// Names that people gave to the labels of speakers.
    public var speakers: [String: String]?
    public var language: String?
    public var license: String?
    /// The address of the site's own picture.
    public var thumbnail: String?
    /// As the site has it: `public`, `unlisted`, `needs_auth`, …
    public var availability: String?
    /// `not_live`, `was_live`, …
    public var liveStatus: String?
    /// Years.
    public var ageLimit: Int?
    public var location: String?
    public var viewCount: Int?
    public var likeCount: Int?
    public var commentCount: Int?
    public var playlist: Playlist?
    public var series: Series?
    public var extractor: Extractor?
    public var sourceGone: SourceGone?
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
        case schema, title, url, file, site, channel, uploader, description, categories, tags, speakers, language, license, thumbnail
        case availability, location, playlist, series, extractor, media
        case siteID = "site_id"
        case channelID = "channel_id"
        case channelFollowerCount = "channel_follower_count"
        case uploaderID = "uploader_id"
        case publishedAt = "published_at"
        case liveStatus = "live_status"
        case ageLimit = "age_limit"
        case commentCount = "comment_count"
        case sourceGone = "source_gone"
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
