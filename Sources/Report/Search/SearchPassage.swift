import Foundation
import SpoolFiles

/// Some minutes of what is said in a video, or of its comments: what the site's search finds and shows.
struct SearchPassage: Encodable, Sendable {
    let video: String
    let title: String
    let channel: String?
    let date: String
    /// Channel, tags and description; in a video's first passage only.
    var about: [String]?
    /// These are comments.
    var comments: Bool?
    /// What is said, each with a line feed behind it: one text is written and read faster than many.
    private(set) var texts = ""
    /// The seconds at which each is said, with a space behind it; comments have none.
    private(set) var starts = ""

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
        func add(_ text: String, at second: Double?, _ next: SearchPassage) {
            if size > 0, size + text.utf8.count > Self.size {
                passages.append(next)
                size = 0
            }
            passages[passages.count - 1].add(text, at: second)
            size += text.utf8.count
        }
        for segment in bundle.transcript.segments { add(segment.text.trimmed, at: segment.start, start) }
        let comments = try bundle.comments(limit: Self.comments).first
        guard !comments.isEmpty else { return passages }
        var next = start
        next.comments = true
        passages.append(next)
        size = 0
        for comment in comments { add(comment.text, at: nil, next) }
        return passages
    }

    mutating func add(_ text: String, at second: Double?) {
        if text.utf8.contains(UInt8(ascii: "\n")) {
            texts.unicodeScalars += text.unicodeScalars.map { $0 == "\n" ? " " : $0 }
        } else {
            texts += text
        }
        texts += "\n"
        if let second { starts += "\(PeopleFormat.seconds(second)) " }
    }

    /// How often each term is said; in a video's first passage those of the title count many times over.
    func weights() -> [String: Int] {
        var weights: [String: Int] = [:]
        weights.reserveCapacity(Self.size / 40)
        func add(_ text: String, _ weight: Int) {
            SearchTerms.forEach(in: text) { weights[String(decoding: $0, as: UTF8.self), default: 0] += weight }
        }
        // The title counts in each passage, so that words of it find what is said later on.
        add(title, about == nil ? 1 : 8)
        about?.forEach { add($0, 2) }
        // One by one: what is not ASCII takes longer.
        for text in texts.utf8.split(separator: UInt8(ascii: "\n")) { add(String(Substring(text)), 1) }
        return weights
    }

    /// Bytes of all text, about.
    var bytes: Int { ([title, texts] + (about ?? [])).reduce(0) { $0 + $1.utf8.count } }
}
