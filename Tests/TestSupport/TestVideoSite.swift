import Foundation
import SpoolFiles
import SystemPackage

/// A video site on loopback that the real yt-dlp reads through the plugin in `Tests/Site`: what it says of a video or a list is the JSON
/// at its address.
public final class TestVideoSite: Sendable {
    public let files: LocalSite
    private let host: String

    /// The value of `tools.plugins`.
    public static var plugins: String { Repository.root.appending("Tests/Site").string }

    /// With one recording, in which somebody says `Speech.library`.
    public init(in folder: TemporaryFolder, host: String = "127.0.0.1", saying text: String = Speech.library) async throws {
        files = try await LocalSite()
        self.host = host
        let film = folder.path.appending("film-\(UUID().uuidString).mp4")
        files.serve(try FileSystem.read(try await Speech.video(text, at: film)), at: "film.mp4")
    }

    public func url(_ path: String) -> String { "http://\(host):\(files.port)/\(path)" }
    public func videoURL(_ id: String) -> String { url("spooltest/\(id)") }
    public func listURL(_ id: String) -> String { url("spooltest/list/\(id)") }

    /// A video with the recording.
    public func film(title: String) -> [String: Any] {
        ["title": title, "formats": [["format_id": "1", "url": url("film.mp4"), "ext": "mp4"]]]
    }

    /// What the site says of a video from now on.
    public func say(_ words: [String: Any], of id: String) throws { try serve(words, at: "spooltest/\(id)") }

    /// What the site says of a list from now on; `nil` is a hole.
    public func say(list title: String, _ entries: [[String: Any]?], of id: String) throws {
        try serve(["title": title, "entries": entries.map { $0 ?? NSNull() as Any }] as [String: Any], at: "spooltest/list/\(id)")
    }

    public func serve(_ json: Any, at path: String, _ behaviour: LocalSite.Behaviour = .init()) throws {
        var behaviour = behaviour
        behaviour.contentType = "application/json"
        files.serve(try JSONSerialization.data(withJSONObject: json), at: path, behaviour)
    }

    /// How often the page of a video was asked for.
    public func requests(_ id: String) -> Int { files.requests.count { $0.path == "/spooltest/\(id)" } }
}
