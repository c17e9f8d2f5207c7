import FoundationEssentials
import Jobs
import SpoolFiles
import SystemPackage

/// Lets the store's catalogue follow a bundle: its words, chapters, comments and relations.
struct VideoCatalogue: Sendable {
    let layout: SpoolLayout
    let store: any CatalogueStore

    /// Comments that go into the store in one step.
    private static let batch = 500

    /// Puts what the bundle holds in the place of what was known.
    /// - Parameter withComments: `false` if they have not changed.
    func record(_ videoID: String, addressID: String?, withComments: Bool) async throws {
        try await record(videoID, in: layout.bundle(videoID), addressID: addressID, withComments: withComments)
    }

    /// The same of a bundle that may lie in the trash.
    func record(_ videoID: String, in bundle: FilePath, addressID: String?, withComments: Bool) async throws {
        let metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
        let path = bundle.appending(Transcript.name)
        let transcript = FileSystem.exists(path) ? try Transcript.readWithoutWords(at: path) : nil
        try await store.catalogue(
            CatalogueEntry(
                videoID: videoID, addressID: addressID, title: metadata.title, description: metadata.description,
                day: metadata.uploadDate ?? metadata.addedAt.day,
                chapters: try Self.read(Chapters.self, bundle.appending(Chapters.name))?.chapters ?? [],
                segments: (transcript?.segments ?? []).map { .init(start: $0.start, text: $0.text.trimmed) },
                relations: try Self.read(Relations.self, bundle.appending(Relations.name))))
        if withComments { try await recordComments(videoID, bundle.appending(Comment.name)) }
    }

    /// A file of the bundle; `nil` if it has none of the name. One that cannot be read is no reason to forget what it said before.
    private static func read<Value: Decodable>(_ type: Value.Type, _ path: FilePath) throws -> Value? {
        FileSystem.exists(path) ? try SpoolJSON.read(type, at: path) : nil
    }

    private func recordComments(_ videoID: String, _ file: FilePath) async throws {
        try await store.removeComments(ofVideo: videoID)
        guard FileSystem.exists(file) else { return }
        var offset: Int64 = 0
        while true {
            // Batch after batch, so that a hundred thousand are never in memory at once.
            let (comments, next) = try Self.read(file, from: offset, count: Self.batch)
            guard !comments.isEmpty else { return }
            try await store.add(comments, ofVideo: videoID)
            offset = next
        }
    }

    /// - Returns: at most so many comments, and the place in the file behind them.
    private static func read(_ file: FilePath, from offset: Int64, count: Int) throws -> (comments: [Comment], next: Int64) {
        var comments: [Comment] = []
        var next = offset
        struct Enough: Error {}
        do {
            try LineReader.forEach(file, from: offset) { line, end in
                if comments.count == count { throw Enough() }
                do {
                    comments.append(try SpoolJSON.decode(Comment.self, from: line))
                } catch {
                    throw SpoolError("understand the line that ends at byte \(end) of", file, reason: String(describing: error))
                }
                next = end
            }
        } catch is Enough {}
        return (comments, next)
    }
}
