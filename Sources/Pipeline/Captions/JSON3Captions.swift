import FoundationEssentials
import SpoolFiles

/// YouTube's `json3`: events with a time each, whose pieces have times of their own where a machine heard them.
enum JSON3Captions {
    private struct File: Decodable { let events: [Event] }

    private struct Event: Decodable {
        var tStartMs: Double?
        var dDurationMs: Double?
        /// Only adds a line feed to the event before it.
        var aAppend: Int?
        var segs: [Piece]?
    }

    private struct Piece: Decodable {
        var utf8: String?
        var tOffsetMs: Double?
    }

    static func read(_ data: Data) -> [Caption]? {
        guard let file = try? JSONDecoder().decode(File.self, from: data) else { return nil }
        let events = file.events.filter { $0.segs != nil && $0.aAppend == nil && $0.tStartMs != nil }
        return events.enumerated().map { index, event in
            let start = (event.tStartMs ?? 0) / 1000
            var end = start + (event.dDurationMs ?? 0) / 1000
            // An event stays on the screen while the next one is said already.
            if index + 1 < events.count, let next = events[index + 1].tStartMs { end = min(end, next / 1000) }
            let pieces = event.segs ?? []
            let lines = CaptionText.plain(TextDecoding.lines(pieces.compactMap(\.utf8).joined()))
            let isTimed = pieces.contains { $0.tOffsetMs != nil }
            return Caption(start: start, end: end, lines: lines, words: isTimed ? words(pieces, start: start, end: end) : [])
        }
    }

    /// Each word lasts until the next one begins.
    private static func words(_ pieces: [Piece], start: Double, end: Double) -> [Transcript.Word] {
        let spoken = pieces.filter { $0.utf8?.trimmed.isEmpty == false }
        return spoken.enumerated().map { index, piece in
            let begin = min(start + (piece.tOffsetMs ?? 0) / 1000, end)
            let next = index + 1 < spoken.count ? start + (spoken[index + 1].tOffsetMs ?? 0) / 1000 : end
            return Transcript.Word(
                start: begin, end: max(begin, min(next, end)), word: " \((piece.utf8 ?? "").trimmed)", probability: nil)
        }
    }
}
