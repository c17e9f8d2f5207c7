import FoundationEssentials

/// The fields of yt-dlp's info JSON that are used, under yt-dlp's names. A field of another type than yt-dlp documents counts as absent:
/// extractors are many, and none of their mistakes is worth failing a job.
struct SiteMetadata: Decodable, Sendable {
    struct Chapter: Sendable {
        var start: Double
        var end: Double?
        var title: String
    }

    /// A subtitle as the site offers it.
    struct Caption: Sendable {
        var format: String
        var name: String?
    }

    var id: String?
    var title: String?
    var extractor: String?
    var version: String?
    var webpageURL: String?
    var channel: String?
    var channelID: String?
    var channelURL: String?
    var uploader: String?
    var uploaderID: String?
    var description: String?
    /// `20261125`.
    var uploadDate: String?
    /// Seconds since 1970 in UTC.
    var timestamp: Double?
    var releaseTimestamp: Double?
    /// Seconds.
    var duration: Double?
    var tags: [String]?
    var categories: [String]?
    var language: String?
    var license: String?
    var thumbnail: String?
    var availability: String?
    var liveStatus: String?
    var ageLimit: Int?
    var location: String?
    var viewCount: Int?
    var likeCount: Int?
    var commentCount: Int?
    var channelFollowerCount: Int?
    var playlist: String?
    var playlistID: String?
    var playlistIndex: Int?
    var series: String?
    var season: String?
    var seasonNumber: Int?
    var episode: String?
    var episodeNumber: Int?
    var chapters: [Chapter]
    /// By language, those that people made and those that a machine made.
    var captions: [String: [Caption]]
    var automaticCaptions: [String: [Caption]]

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: AnyKey.self)
        func value<Value: Decodable>(_ name: String) -> Value? { try? fields.decodeIfPresent(Value.self, forKey: AnyKey(name)) }
        // Counts come as 12 or as 12.0.
        func count(_ name: String) -> Int? { (value(name) as Double?).flatMap { $0.isFinite ? Int(exactly: $0.rounded()) : nil } }
        id = value("id")
        title = value("title")
        extractor = value("extractor_key")
        version = (try? fields.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey("_version")))
            .flatMap { try? $0.decodeIfPresent(String.self, forKey: AnyKey("version")) }
        webpageURL = value("webpage_url")
        channel = value("channel")
        channelID = value("channel_id")
        channelURL = value("channel_url") ?? value("uploader_url")
        uploader = value("uploader")
        uploaderID = value("uploader_id")
        description = value("description")
        uploadDate = value("upload_date")
        timestamp = value("timestamp")
        releaseTimestamp = value("release_timestamp")
        duration = value("duration")
        tags = value("tags")
        categories = value("categories")
        language = value("language")
        license = value("license")
        thumbnail = value("thumbnail")
        availability = value("availability")
        liveStatus = value("live_status")
        ageLimit = count("age_limit")
        location = value("location")
        viewCount = count("view_count")
        likeCount = count("like_count")
        commentCount = count("comment_count")
        channelFollowerCount = count("channel_follower_count")
        playlist = value("playlist_title") ?? value("playlist")
        playlistID = value("playlist_id")
        playlistIndex = count("playlist_index")
        series = value("series")
        season = value("season")
        seasonNumber = count("season_number")
        episode = value("episode")
        episodeNumber = count("episode_number")
        chapters = ((value("chapters") as [Lenient<Chapter>]?) ?? []).compactMap(\.value)
        captions = Self.captions(value("subtitles"))
        automaticCaptions = Self.captions(value("automatic_captions"))
    }

    private static func captions(_ found: [String: Lenient<[Lenient<Caption>]>]?) -> [String: [Caption]] {
        // A live chat is listed among subtitles, and is none.
        (found ?? [:]).filter { $0.key != "live_chat" }.mapValues { ($0.value ?? []).compactMap(\.value) }.filter { !$0.value.isEmpty }
    }
}

extension SiteMetadata.Chapter: Decodable {
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: AnyKey.self)
        start = try fields.decode(Double.self, forKey: AnyKey("start_time"))
        end = try? fields.decodeIfPresent(Double.self, forKey: AnyKey("end_time"))
        title = (try? fields.decodeIfPresent(String.self, forKey: AnyKey("title"))) ?? ""
    }
}

extension SiteMetadata.Caption: Decodable {
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: AnyKey.self)
        format = try fields.decode(String.self, forKey: AnyKey("ext"))
        name = try? fields.decodeIfPresent(String.self, forKey: AnyKey("name"))
    }
}

/// Any name of a field.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A value that is `nil` where it is not what was expected, so that one bad element does not spoil the others.
struct Lenient<Value: Decodable & Sendable>: Decodable, Sendable {
    let value: Value?

    init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
}

extension SiteMetadata {
    /// The id of the video by the site's own; `nil` where the site's is none that tells videos apart: the generic extractor's ids are
    /// parts of the address.
    var videoID: String? {
        guard let site = extractor?.lowercased(), let id, site != "generic" else { return nil }
        return VideoAddress.videoID(site: site, id: id)
    }
}
