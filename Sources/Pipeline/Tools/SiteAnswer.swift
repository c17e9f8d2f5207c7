import Foundation
import SpoolFiles
import SystemPackage

/// What a site says of an address.
enum SiteAnswer: Sendable {
    case video(SiteInfo)
    case list(SiteList)

    /// - Parameter json: the one object that yt-dlp prints.
    init(json: Data) throws {
        struct Kind: Decodable { let _type: String? }
        switch try JSONDecoder().decode(Kind.self, from: json)._type {
        case "playlist", "multi_video": self = .list(try JSONDecoder().decode(SiteList.self, from: json))
        default: self = .video(try SiteInfo(json: json))
        }
    }
}

/// What a site says of one video: yt-dlp's info JSON as it is, and the fields of it that are used.
struct SiteInfo: Sendable {
    let json: Data
    let metadata: SiteMetadata

    init(json: Data) throws {
        self.json = json
        metadata = try JSONDecoder().decode(SiteMetadata.self, from: json)
    }

    /// - Returns: `nil` if there is none, or it cannot be read.
    init?(at path: FilePath) {
        guard FileSystem.exists(path), let json = try? FileSystem.read(path, limit: 256 << 20), let info = try? SiteInfo(json: json) else {
            return nil
        }
        self = info
    }

    /// Without the page's address: given it, yt-dlp asks the site anew by itself when the media cannot be fetched. Whether to ask again
    /// is for us to say.
    var forDownload: Data { rewritten { depth, key, value in depth == 0 && key == "webpage_url" || Self.isCookie(key) ? nil : value } }

    /// As it is, but for cookies: yt-dlp has them from their file.
    var withoutCookies: Data { rewritten { _, key, value in Self.isCookie(key) ? nil : value } }

    private static func isCookie(_ key: String) -> Bool { ["cookies", "cookie"].contains(key.lowercased()) }

    /// For keeping: without addresses of media and captions, which are signed and soon of no use, and without cookies and request headers.
    var cleaned: Data {
        rewritten { depth, key, value in
            if Self.private.contains(key) || depth == 0 && Self.privateAtTop.contains(key) { return nil }
            guard let text = value as? String, !Self.pages.contains(key) else { return value }
            // What stands behind the question mark of an address may be a signature.
            return text.hasPrefix("https://") || text.hasPrefix("http://") ? SiteMetadata.withoutQuery(text) : text
        }
    }

    private static let `private`: Set<String> = [
        "http_headers", "cookies", "formats", "requested_formats", "requested_downloads", "requested_subtitles", "subtitles",
        "automatic_captions", "thumbnails", "comments", "entries", "fragments", "_filename", "filename",
    ]
    private static let privateAtTop: Set<String> = [
        "url", "manifest_url", "fragment_base_url", "hls_aes", "downloader_options", "extra_param_to_segment_url",
        "hls_media_playlist_data",
    ]
    /// Pages, which people open, and text.
    private static let pages: Set<String> = ["webpage_url", "original_url", "channel_url", "uploader_url", "description"]

    /// The comments that came with it.
    var comments: [Data] {
        let object = (try? JSONSerialization.jsonObject(with: json)) as? [String: Any]
        return Self.data(of: object?["comments"])
    }

    /// The elements of a JSON array, each as JSON; none of anything else.
    static func elements(of json: Data) -> [Data] { data(of: try? JSONSerialization.jsonObject(with: json)) }

    private static func data(of array: Any?) -> [Data] {
        ((array as? [Any]) ?? []).compactMap { $0 as? [String: Any] }.compactMap { try? JSONSerialization.data(withJSONObject: $0) }
    }

    /// With each member of each object as `change` gives it; without those for which it gives `nil`.
    private func rewritten(_ change: (_ depth: Int, _ key: String, _ value: Any) -> Any?) -> Data {
        func rewrite(_ value: Any, _ depth: Int, _ key: String) -> Any? {
            switch value {
            case let object as [String: Any]:
                var result: [String: Any] = [:]
                for (key, value) in object { result[key] = change(depth, key, value).flatMap { rewrite($0, depth + 1, key) } }
                return result
            // The elements of an array stand under its name.
            case let array as [Any]: return array.compactMap { change(depth, key, $0).flatMap { rewrite($0, depth + 1, key) } }
            default: return value
            }
        }
        guard let object = try? JSONSerialization.jsonObject(with: json),
            let data = try? JSONSerialization.data(
                withJSONObject: rewrite(object, 0, "") ?? [:], options: [.sortedKeys, .withoutEscapingSlashes])
        else { return Data("{}".utf8) }
        return data
    }
}

/// What a site says of a playlist, a channel or a page with several videos.
struct SiteList: Sendable {
    struct Entry: Sendable {
        var id: String?
        var url: String?
        var webpageURL: String?
        var title: String?
        var availability: String?
        /// The extractor that would read it.
        var extractor: String?
    }

    var id: String?
    var title: String?
    var channel: String?
    var uploader: String?
    /// How many there are in all, where the site says so.
    var count: Int?
    /// In the list's order; `nil` for a hole.
    var entries: [Entry?]
}

extension SiteList {
    /// A list of one video.
    init(of video: SiteMetadata) {
        self.init(
            id: nil, title: nil, channel: nil, uploader: nil, count: 1,
            entries: [Entry(id: video.id, url: video.webpageURL, webpageURL: nil, title: video.title, availability: nil, extractor: nil)])
    }
}

extension SiteList: Decodable {
    init(from decoder: any Decoder) throws {
        let fields = try LenientFields(decoder)
        id = fields["id"]
        title = fields["title"]
        channel = fields["channel"]
        uploader = fields["uploader"]
        count = fields.count("playlist_count")
        entries = ((fields["entries"] as [Lenient<Entry>]?) ?? []).map(\.value)
    }
}

extension SiteList.Entry: Decodable {
    init(from decoder: any Decoder) throws {
        let fields = try LenientFields(decoder)
        id = fields["id"]
        url = fields["url"]
        webpageURL = fields["webpage_url"]
        title = fields["title"]
        availability = fields["availability"]
        extractor = fields["ie_key"]
    }
}
