import Foundation
import SpoolFiles

/// A web address of a video, checked and in one canonical form.
public struct VideoAddress: Sendable, Hashable {
    /// Canonical: scheme and host in lower case, internationalised hosts in ASCII, no fragment, no default port, nothing that only
    /// tracks people, percent-encoding as RFC 3986 section 6.2.2 has it, and one form for all addresses of a YouTube video.
    public let url: String
    /// Whom a breaker pauses: `youtube`, or the host.
    public let site: String
    private let path: String
    /// The id that YouTube gave the video; `nil` for other addresses.
    private let youtubeID: String?

    /// - Throws: `Refused` with the reason and what would work.
    public init(_ text: String) throws(Refused) {
        let text = text.trimmed
        let words = text.split(whereSeparator: \.isWhitespace)
        if words.count > 1, let link = words.first(where: { $0.lowercased().hasPrefix("https://") || $0.lowercased().hasPrefix("http://") })
        {
            throw Refused(reason: "there is more than a link in the line", hint: "Put the link alone on its line: \(link)")
        }
        if words.count == 1, text.lowercased().hasPrefix("www.") {
            throw Refused(reason: "it is not a whole web address", hint: "Write it as https://\(text)")
        }
        guard let scheme = text.firstIndex(of: ":").map({ text[..<$0].lowercased() }), text.contains("://") else {
            throw Refused(reason: "it is not a web address", hint: "A link begins with https:// or http://")
        }
        guard scheme == "http" || scheme == "https" else {
            throw Refused(
                reason: "addresses that begin with \(scheme): are not fetched", hint: "Use a link that begins with https:// or http://")
        }
        guard !text.contains(where: \.isWhitespace), var parts = URLComponents(string: text), let host = parts.encodedHost?.lowercased(),
            !host.isEmpty
        else {
            throw Refused(reason: "the address is not well formed", hint: "Copy the link again from the browser's address bar")
        }
        guard parts.user == nil, parts.password == nil else {
            throw Refused(
                reason: "the address contains a user name or password, which would be kept in the open",
                hint: "Use network.cookies for sites that need a login")
        }
        parts.scheme = scheme
        parts.encodedHost = host
        parts.fragment = nil
        if parts.port == (scheme == "http" ? 80 : 443) { parts.port = nil }
        parts.percentEncodedPath = parts.path.isEmpty ? "/" : Self.normalized(parts.percentEncodedPath)
        let bare = ["www.", "m."].first(where: host.hasPrefix).map { String(host.dropFirst($0.count)) } ?? host
        let isYouTube = ["youtube.com", "youtu.be", "youtube-nocookie.com", "music.youtube.com"].contains(bare)
        site = isYouTube ? "youtube" : bare
        youtubeID = isYouTube ? Self.youtubeID(host: bare, parts) : nil
        if let youtubeID {
            parts.host = "www.youtube.com"
            parts.path = "/watch"
            parts.queryItems = [URLQueryItem(name: "v", value: youtubeID)]
        } else if let items = parts.percentEncodedQueryItems {
            let kept = items.filter { !Self.isTracking($0.name, isYouTube: isYouTube) }
            parts.percentEncodedQueryItems = kept.isEmpty ? nil : kept
        }
        guard let canonical = parts.string else {
            throw Refused(reason: "the address is not well formed", hint: "Copy the link again from the browser's address bar")
        }
        url = canonical
        path = parts.path
    }

    /// The id in `youtu.be/<id>`, `watch?v=<id>`, `shorts/<id>`, `live/<id>`, `embed/<id>` and their like.
    private static func youtubeID(host: String, _ parts: URLComponents) -> String? {
        let steps = parts.path.split(separator: "/").map(String.init)
        let id: String? =
            if host == "youtu.be" {
                steps.first
            } else if steps == ["watch"] {
                parts.queryItems?.first { $0.name == "v" }?.value
            } else if steps.count == 2, ["shorts", "live", "embed", "v", "e"].contains(steps[0]) {
                steps[1]
            } else {
                nil
            }
        guard let id, id.utf8.count == 11, id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        else { return nil }
        return id
    }

    /// Parameters that say who shared the link, not what it leads to.
    private static func isTracking(_ name: String, isYouTube: Bool) -> Bool {
        let name = name.lowercased()
        if name.hasPrefix("utm_") || ["fbclid", "gclid", "dclid", "msclkid", "igshid", "mc_cid", "mc_eid", "yclid"].contains(name) {
            return true
        }
        return isYouTube && ["si", "feature", "pp", "ab_channel"].contains(name)
    }

    /// Percent-encoded letters, digits, `-`, `.`, `_` and `~` as themselves, and the digits of the others in upper case.
    private static func normalized(_ path: String) -> String {
        var result: [UInt8] = []
        var rest = Array(path.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), rest.count >= 2,
                let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else {
                result.append(byte)
                continue
            }
            let character = Character(UnicodeScalar(code))
            if code < 128, character.isLetter || character.isNumber || "-._~".contains(character) {
                result.append(code)
            } else {
                result += "%\([code].hex.uppercased())".utf8
            }
            rest = rest.dropFirst(2)
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Why a text is no address that can be fetched.
    public struct Refused: Error, Sendable {
        public let reason: String
        public let hint: String
    }

    /// Stands for the video: YouTube's own id, or one derived from the canonical address.
    public var videoID: String { youtubeID.map { Self.videoID(site: site, id: $0) } ?? "web-\(FileDigest.sha256(url).prefix(12))" }

    /// The id that a site gives, as a file name: nothing from outside becomes a path.
    static func videoID(site: String, id: String) -> String {
        // The first hyphen ends the site, so that the site's own id can be told from it.
        let safe = "\(site.replacing("-", with: "_"))-\(id)".map {
            $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "_"
        }
        return DropName.fitting(String(safe), suffix: "")
    }

    /// The site whose pages are asked one at a time; `nil` for a media file, which is fetched like any file.
    var politeSite: String? { looksLikeMediaFile ? nil : site }

    /// The path ends as media files do.
    var looksLikeMediaFile: Bool { mediaExtension != nil }

    var mediaExtension: String? {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let ending = DropName.fileExtension(name)
        return RecordingName.extensions.contains(ending) ? ending : nil
    }

    /// "Board meeting" for `…/Board%20meeting.mp4`.
    var fileTitle: String? {
        guard let name = path.split(separator: "/").last.map(String.init) else { return nil }
        let stem = DropName.stem(name.removingPercentEncoding ?? name)
        return stem.isEmpty ? nil : stem
    }
}

/// What names of recordings look like.
public enum RecordingName {
    public static let extensions: Set<String> = [
        "3gp", "aac", "aif", "aiff", "amr", "avi", "caf", "flac", "flv", "m2ts", "m4a", "m4b", "m4v", "mka", "mkv", "mov", "mp2",
        "mp3", "mp4", "mpeg", "mpg", "mts", "mxf", "oga", "ogg", "ogv", "opus", "ts", "wav", "webm", "wma", "wmv",
    ]
}
