/// The fields of yt-dlp's info JSON that are used.
struct SiteMetadata: Decodable, Sendable {
    var id: String?
    var title: String?
    var extractor: String?
    var webpageURL: String?
    var channel: String?
    var uploader: String?
    var channelURL: String?
    var description: String?
    /// `20261125`.
    var uploadDate: String?
    var tags: [String]?
    var language: String?
    var viewCount: Int?
    var likeCount: Int?

    private enum CodingKeys: String, CodingKey {
        case id, title, channel, uploader, description, tags, language
        case extractor = "extractor_key"
        case webpageURL = "webpage_url"
        case channelURL = "channel_url"
        case uploadDate = "upload_date"
        case viewCount = "view_count"
        case likeCount = "like_count"
    }
}
