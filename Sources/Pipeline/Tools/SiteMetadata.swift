import FoundationEssentials

/// The fields of yt-dlp's info JSON that are used, under yt-dlp's names. A field of another type than yt-dlp documents counts as absent:
/// extractors are many, and none of their mistakes is worth failing a job.
struct SiteMetadata: Decodable, Sendable {
    struct Chapter: Sendable {
        /// Seconds. It ends where the next one begins.
        var start: Double
        var title: String
    }

    /// A subtitle as the site offers it.
    struct Caption: Sendable {
        var format: String
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

    private struct Version: Decodable, Sendable { let version: String? }

    init(from decoder: any Decoder) throws {
        let fields = try LenientFields(decoder)
        id = fields["id"]
        title = fields["title"]
        extractor = fields["extractor_key"]
        version = (fields["_version"] as Version?)?.version
        webpageURL = fields["webpage_url"]
        channel = fields["channel"]
        channelID = fields["channel_id"]
        channelURL = fields["channel_url"] ?? fields["uploader_url"]
        uploader = fields["uploader"]
        uploaderID = fields["uploader_id"]
        description = fields["description"]
        uploadDate = fields["upload_date"]
        timestamp = fields["timestamp"]
        releaseTimestamp = fields["release_timestamp"]
        tags = fields.texts("tags")
        categories = fields.texts("categories")
        language = fields["language"]
        license = fields["license"]
        thumbnail = fields["thumbnail"]
        availability = fields["availability"]
        liveStatus = fields["live_status"]
        ageLimit = fields.count("age_limit")
        location = fields["location"]
        viewCount = fields.count("view_count")
        likeCount = fields.count("like_count")
        commentCount = fields.count("comment_count")
        channelFollowerCount = fields.count("channel_follower_count")
        playlist = fields["playlist_title"] ?? fields["playlist"]
        playlistID = fields["playlist_id"]
        playlistIndex = fields.count("playlist_index")
        series = fields["series"]
        season = fields["season"]
        seasonNumber = fields.count("season_number")
        episode = fields["episode"]
        episodeNumber = fields.count("episode_number")
        chapters = ((fields["chapters"] as [Lenient<Chapter>]?) ?? []).compactMap(\.value)
        captions = Self.captions(fields["subtitles"])
        automaticCaptions = Self.captions(fields["automatic_captions"])
    }

    private static func captions(_ found: [String: Lenient<[Lenient<Caption>]>]?) -> [String: [Caption]] {
        // A live chat is listed among subtitles, and is none.
        (found ?? [:]).filter { $0.key != "live_chat" }.mapValues { ($0.value ?? []).compactMap(\.value) }.filter { !$0.value.isEmpty }
    }
}

extension SiteMetadata.Chapter: Decodable {
    init(from decoder: any Decoder) throws {
        let fields = try LenientFields(decoder)
        start = try fields.require("start_time")
        title = fields["title"] ?? ""
    }
}

extension SiteMetadata.Caption: Decodable {
    init(from decoder: any Decoder) throws {
        let fields = try LenientFields(decoder)
        format = try fields.require("ext")
    }
}

extension SiteMetadata {
    /// The id of the video by the site's own; `nil` where the site's is none that tells videos apart: the generic extractor's ids are
    /// parts of the address.
    var videoID: String? {
        guard let site = extractor?.lowercased(), let id, site != "generic" else { return nil }
        return VideoAddress.videoID(site: site, id: id)
    }
}
