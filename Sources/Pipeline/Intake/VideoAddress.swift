import Foundation
import SpoolFiles

/// A web address of a video, checked and in one canonical form.
public struct VideoAddress: Sendable, Hashable {
    /// Canonical: scheme and host in lower case, no fragment, no default port.
    public let url: String
    /// Whom a breaker pauses: `youtube`, or the host.
    public let site: String
    private let path: String

    /// - Throws: `Refused` with the reason and what would work.
    public init(_ text: String) throws(Refused) {
        let text = text.trimmed
        guard let scheme = text.firstIndex(of: ":").map({ text[..<$0].lowercased() }), text.contains("://") else {
            throw Refused(reason: "it is not a web address", hint: "A link begins with https:// or http://")
        }
        guard scheme == "http" || scheme == "https" else {
            throw Refused(
                reason: "addresses that begin with \(scheme): are not fetched", hint: "Use a link that begins with https:// or http://")
        }
        guard !text.contains(where: \.isWhitespace), var parts = URLComponents(string: text), let host = parts.host?.lowercased(),
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
        parts.host = host
        parts.fragment = nil
        if parts.port == (scheme == "http" ? 80 : 443) { parts.port = nil }
        if parts.path.isEmpty { parts.path = "/" }
        guard let canonical = parts.string else {
            throw Refused(reason: "the address is not well formed", hint: "Copy the link again from the browser's address bar")
        }
        url = canonical
        path = parts.path
        let bare = host.hasPrefix("www.") ? String(host.dropFirst(4)) : host.hasPrefix("m.") ? String(host.dropFirst(2)) : host
        site = ["youtube.com", "youtu.be", "youtube-nocookie.com", "music.youtube.com"].contains(bare) ? "youtube" : bare
    }

    /// Why a text is no address that can be fetched.
    public struct Refused: Error, Sendable {
        public let reason: String
        public let hint: String
    }

    /// The name of a plain media file's video: derived from the canonical address.
    public var videoID: String { "web-\(FileDigest.sha256(url).prefix(12))" }

    /// The id that a site gives, as a file name: nothing from outside becomes a path.
    static func videoID(site: String, id: String) -> String {
        let safe = "\(site)-\(id)".map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "_" }
        return DropName.fitting(String(safe), suffix: "")
    }

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
