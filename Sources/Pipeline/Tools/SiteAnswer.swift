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
    var forDownload: Data { without { _, key in key == "webpage_url" } }

    /// For keeping: without addresses that are signed or lead to media, and without cookies and request headers.
    var cleaned: Data {
        without { depth, key in
            ["http_headers", "cookies", "formats", "requested_formats", "requested_downloads", "requested_subtitles", "subtitles"].contains(
                key)
                || ["automatic_captions", "thumbnails", "heatmap", "comments", "entries", "fragments", "_filename", "filename"].contains(
                    key)
                || depth == 0 && ["url", "manifest_url", "fragment_base_url", "hls_aes", "downloader_options"].contains(key)
        }
    }

    private func without(_ isUnwanted: (_ depth: Int, _ key: String) -> Bool) -> Data {
        guard let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any],
            let data = try? JSONSerialization.data(
                withJSONObject: Self.filter(object, depth: 0, isUnwanted), options: [.sortedKeys, .withoutEscapingSlashes])
        else { return Data("{}".utf8) }
        return data
    }

    private static func filter(_ value: Any, depth: Int, _ isUnwanted: (Int, String) -> Bool) -> Any {
        switch value {
        case let object as [String: Any]:
            object.filter { !isUnwanted(depth, $0.key) }.mapValues { filter($0, depth: depth + 1, isUnwanted) }
        case let array as [Any]: array.map { filter($0, depth: depth + 1, isUnwanted) }
        default: value
        }
    }
}

/// What a site says of a playlist, a channel or a page with several videos.
struct SiteList: Decodable, Sendable {
    struct Entry: Decodable, Sendable {
        var id: String?
        var url: String?
        var webpageURL: String?
        var title: String?
        var availability: String?
        /// The extractor that would read it.
        var extractor: String?

        private enum CodingKeys: String, CodingKey {
            case id, url, title, availability
            case webpageURL = "webpage_url"
            case extractor = "ie_key"
        }
    }

    var id: String?
    var title: String?
    var channel: String?
    var uploader: String?
    /// How many there are in all, where the site says so.
    var count: Int?
    /// In the list's order; `nil` for a hole.
    var entries: [Entry?]

    private enum CodingKeys: String, CodingKey {
        case id, title, channel, uploader, entries
        case count = "playlist_count"
    }
}
