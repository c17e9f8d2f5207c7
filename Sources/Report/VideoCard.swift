import Foundation
import SpoolFiles
import SystemPackage

/// A video in lists: what is kept in memory of each, without its transcript.
struct VideoCard: Sendable {
    let id: String
    /// The job that made it.
    let jobID: String
    let title: String
    let channel: String?
    /// Seconds.
    let duration: Double
    /// `2026-11-25`.
    let day: String
    let language: String?
    /// Relative to the bundle.
    let thumbnail: String?
    /// The first words that are said.
    let excerpt: String?
    let addedAt: Timestamp
    /// Of the manifest, in nanoseconds since 1970: another time, another card.
    let modified: Int64

    private static let excerptLength = 200

    /// - Throws: if the bundle cannot be read.
    init(bundle: FilePath, modified: Int64) throws {
        let manifest = try SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))
        let metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
        id = metadata.videoID
        jobID = manifest.jobID
        title = metadata.title
        channel = metadata.channel
        duration = metadata.media.duration
        day = metadata.uploadDate ?? metadata.addedAt.day
        language = try Self.language(bundle)
        thumbnail = manifest.files.first { $0.path == "media/thumbnail.jpg" }?.path
        excerpt = try Self.excerpt(bundle)
        addedAt = manifest.createdAt
        self.modified = modified
    }

    /// What was heard to be spoken. The file's keys are sorted, so that it stands before all that is said.
    private static func language(_ bundle: FilePath) throws -> String? {
        try head(of: bundle.appending(Transcript.name), bytes: 4096)?.firstMatch(of: /"language" : "([^"]+)"/).map { String($0.output.1) }
    }

    private static func excerpt(_ bundle: FilePath) throws -> String? {
        guard let head = try head(of: bundle.appending("transcript.txt"), bytes: excerptLength * 4 + 4) else { return nil }
        let text = head.split(whereSeparator: \.isNewline).joined(separator: " ").trimmed
        if text.isEmpty { return nil }
        // What was cut in the middle of a character lies behind the end.
        return text.count > excerptLength ? "\(text.prefix(excerptLength))…" : text
    }

    /// The beginning of a file, since a transcript can be long; `nil` if there is none.
    private static func head(of path: FilePath, bytes: Int) throws -> String? {
        guard FileSystem.exists(path) else { return nil }
        let file = try FileSystem.openRegular(path)
        let head = try file.closeAfter {
            try [UInt8](unsafeUninitializedCapacity: bytes) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
        return String(decoding: head, as: UTF8.self)
    }

    /// The card as the templates show it on pages at the root of the site.
    var context: [String: Any] {
        var card: [String: Any] = [
            "title": title, "href": "videos/\(PageLink.path(VideoPage.name(id)))", "duration": PeopleFormat.clock(duration),
            "date": PeopleFormat.date(day),
        ]
        card["language"] = language
        card["channel"] = channel
        if let thumbnail { card["thumbnail"] = "../videos/\(PageLink.path("\(id)/\(thumbnail)"))" }
        card["excerpt"] = excerpt
        return card
    }
}
