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
    let tags: [String]
    /// Where the videos of its channel and of each tag are listed, as `VideoLists` names it: it takes time to make.
    let channelPath: String?
    let tagPaths: [String]
    /// Seconds.
    let duration: Double
    /// `2026-11-25`.
    let day: String
    let language: String?
    /// Relative to the bundle.
    let thumbnail: String?
    /// The first words that are said.
    let excerpt: String?
    /// What made the transcript, for people.
    let maker: String?
    /// The ids of its transcript's other versions.
    let versions: [String]
    /// Seconds that a recogniser worked on it, where one did.
    let hearing: Double?
    /// Of the bundle.
    let bytes: Int64
    /// Its sound, where it is kept.
    let sound: (path: String, bytes: Int64)?
    let addedAt: Timestamp
    /// Of the manifest, in nanoseconds since 1970: another time, another card.
    let modified: Int64

    private static let excerptLength = 200

    /// - Throws: if the bundle cannot be read.
    init(bundle: FilePath, modified: Int64) throws {
        // The file's keys are sorted, so that what tells of the whole stands before all that is said.
        let head = try Self.head(of: bundle.appending(Transcript.name), bytes: 4096) ?? ""
        try self.init(
            bundle: bundle, modified: modified,
            manifest: try SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name)),
            metadata: try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name)),
            language: Self.text(behind: #""language" : ""#, in: head),
            hearing: Self.text(behind: #""elapsed_seconds" : "#, in: head).flatMap(Double.init))
    }

    /// - Throws: if the bundle's text cannot be read.
    init(_ bundle: BundleReader, modified: Int64) throws {
        try self.init(
            bundle: bundle.path, modified: modified, manifest: bundle.manifest, metadata: bundle.metadata,
            language: bundle.transcript.language, hearing: bundle.transcript.provenance.elapsed)
    }

    private init(
        bundle: FilePath, modified: Int64, manifest: BundleManifest, metadata: VideoMetadata, language: String?, hearing: Double?
    ) throws {
        id = metadata.videoID
        jobID = manifest.jobID
        title = metadata.title
        channel = metadata.channel
        tags = metadata.tags
        channelPath = metadata.channel.map { VideoLists.channelPath($0, id: metadata.channelID) }
        tagPaths = metadata.tags.map(VideoLists.tagPath)
        duration = metadata.media.duration
        day = metadata.uploadDate ?? metadata.addedAt.day
        self.language = language
        self.hearing = hearing
        thumbnail = manifest.files.first { $0.path == "media/thumbnail.jpg" }?.path
        excerpt = try Self.excerpt(bundle)
        maker = manifest.engine.map(PeopleFormat.maker)
        sound = manifest.files.first { $0.path.hasPrefix("media/audio.") }.map { ($0.path, $0.bytes) }
        versions = manifest.files.map(\.path).compactMap(TranscriptVersions.id)
        bytes = manifest.files.reduce(0) { $0 + $1.bytes }
        addedAt = manifest.createdAt
        self.modified = modified
    }

    private static func excerpt(_ bundle: FilePath) throws -> String? {
        guard let head = try head(of: bundle.appending("transcript.txt"), bytes: excerptLength * 4 + 4) else { return nil }
        let text = head.split(whereSeparator: \.isNewline).joined(separator: " ").trimmed
        if text.isEmpty { return nil }
        // What was cut in the middle of a character lies behind the end.
        guard text.count > excerptLength else { return text }
        let cut = text.prefix(excerptLength)
        // Not within a word, where words are parted.
        let end = cut.suffix(30).lastIndex(of: " ") ?? cut.endIndex
        return "\(cut[..<end])…"
    }

    /// Up to the end of a value in JSON that is a number or a text without escapes. No pattern, which would be compiled anew for each of
    /// very many videos.
    private static func text(behind name: String, in head: String) -> String? {
        head.utf8.firstRange(of: name.utf8).flatMap { place in
            String(head.utf8[place.upperBound...].prefix { !#"",\#n"#.utf8.contains($0) })
        }
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

    /// The card as the templates show it.
    /// - Parameter root: from the page to the site's root: empty, or `../`.
    func context(root: String) -> PageContext {
        var card: PageContext = [
            "title": PeopleFormat.short(title), "href": "\(root)videos/\(PageLink.path(VideoPage.name(id)))",
            "duration": PeopleFormat.clock(duration),
            "date": PeopleFormat.date(day),
        ]
        card["language"] = language
        card["channel"] = channel
        if let thumbnail { card["thumbnail"] = "\(root)../videos/\(PageLink.path("\(id)/\(thumbnail)"))" }
        card["excerpt"] = excerpt
        return card
    }
}
