import Foundation
import SpoolFiles

/// Some minutes of what is said in a video, or of its comments: what the site's search finds and shows.
struct SearchPassage: Encodable, Sendable {
    /// A piece of the text, with the second at which it is said; comments have none.
    struct Piece: Encodable, Sendable {
        let start: Double?
        let text: String

        /// As a list of one or two, since there are very many.
        func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            try list.encode(text)
            if let start { try list.encode(start) }
        }
    }

    let video: String
    let title: String
    let channel: String?
    let date: String
    /// Title, channel, tags and description; in a video's first passage only.
    var about: [String]?
    /// These are comments.
    var comments: Bool?
    var pieces: [Piece] = []

    /// Bytes of text that a passage holds before the next begins.
    private static let size = 8000
    /// Comments of a video that are found.
    private static let comments = 1000

    /// - Returns: at least one.
    static func all(of bundle: BundleReader) throws -> [SearchPassage] {
        let metadata = bundle.metadata
        let start = SearchPassage(
            video: metadata.videoID, title: metadata.title, channel: metadata.channel,
            date: PeopleFormat.date(metadata.uploadDate ?? metadata.addedAt.day))
        var passages = [start]
        passages[0].about = [metadata.channel, metadata.tags.joined(separator: ", "), metadata.description].compactMap { $0 }
            .filter { !$0.isEmpty }
        var size = 0
        func add(_ piece: Piece, _ next: SearchPassage) {
            if size > 0, size + piece.text.utf8.count > Self.size {
                passages.append(next)
                size = 0
            }
            passages[passages.count - 1].pieces.append(piece)
            size += piece.text.utf8.count
        }
        for segment in bundle.transcript.segments { add(Piece(start: segment.start, text: segment.text.trimmed), start) }
        let comments = try bundle.comments(limit: Self.comments).first
        guard !comments.isEmpty else { return passages }
        var next = start
        next.comments = true
        passages.append(next)
        size = 0
        for comment in comments { add(Piece(start: nil, text: comment.text), next) }
        return passages
    }

    /// How often each term is said; in a video's first passage those of the title count many times over.
    func weights() -> [[UInt8]: Int] {
        var weights: [[UInt8]: Int] = [:]
        func add(_ text: String, _ weight: Int) { SearchTerms.forEach(in: text) { weights[Array($0), default: 0] += weight } }
        // The title counts in each passage, so that words of it find what is said later on.
        add(title, about == nil ? 1 : 8)
        about?.forEach { add($0, 2) }
        pieces.forEach { add($0.text, 1) }
        return weights
    }

    /// Bytes of all text.
    var bytes: Int { pieces.reduce(title.utf8.count + (about ?? []).reduce(0) { $0 + $1.utf8.count }) { $0 + $1.text.utf8.count } }
}
