import FoundationEssentials
import SpoolFiles

/// What stands on the screen for some time, without markup.
struct Caption: Sendable, Hashable {
    /// Seconds.
    var start: Double
    var end: Double
    /// Without those that are empty.
    var lines: [String]
    /// Where the file tells when each word is said.
    var words: [Transcript.Word] = []

    var text: String { lines.joined(separator: " ") }
}

/// Reads captions as sites and people have them.
enum CaptionFile {
    /// By their extensions.
    static let formats: Set<String> = ["vtt", "srt", "ttml", "json3"]

    /// Seconds: no recording is a hundred days long.
    static let longest = 8_640_000.0

    /// In the order of their times, each with some text.
    /// - Parameters:
    ///   - format: one of `formats`.
    ///   - foldsRolling: whether lines that a site shows twice are said once.
    /// - Returns: `nil` if it is nothing of that format.
    static func read(_ data: Data, format: String, foldsRolling: Bool = true) -> [Caption]? {
        let captions: [Caption]?
        switch format {
        case "json3": captions = JSON3Captions.read(data)
        case "ttml": captions = TTMLCaptions.read(data)
        case "vtt": captions = TextDecoding.text(data).flatMap(WebVTTCaptions.read)
        case "srt": captions = TextDecoding.text(data).flatMap(SubRipCaptions.read)
        default: captions = nil
        }
        return captions.map { captions in
            let usable = captions.filter { 0 <= $0.start && $0.start < $0.end && $0.end <= longest && !$0.lines.isEmpty }
                .sorted { $0.start < $1.start }
            return foldsRolling ? RollingCaptions.folded(usable) : usable
        }
    }

    /// Whether a WebVTT file looks like one that a machine made: with a time for each word.
    static func isAutomatic(_ data: Data) -> Bool {
        guard let text = TextDecoding.text(data) else { return false }
        return text.contains("<c>") && text.contains(/<\d\d:\d\d:\d\d\.\d{3}>/)
    }
}

/// What formats of text have in common.
enum CaptionText {
    /// `01:02:03.456`, `02:03.456`, with a comma or a point.
    static func seconds(_ text: some StringProtocol) -> Double? {
        let parts = String(text).replacing(",", with: ".").split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count) else { return nil }
        var sum = 0.0
        for part in parts {
            guard let value = Double(part), value >= 0, value.isFinite else { return nil }
            sum = sum * 60 + value
        }
        return sum
    }

    /// The two times of a line `00:01.000 --> 00:02.000 align:start`.
    static func times(_ line: some StringProtocol) -> (start: Double, end: Double)? {
        let line = String(line)
        guard let arrow = line.firstRange(of: "-->") else { return nil }
        let end = line[arrow.upperBound...].split(whereSeparator: \.isWhitespace).first
        guard let start = seconds(line[..<arrow.lowerBound].trimmed), let end = end.flatMap({ seconds($0) }) else { return nil }
        return (start, end)
    }

    /// Lines without tags, entities and the white space around them; empty ones are left out.
    static func plain(_ lines: some Sequence<some StringProtocol>) -> [String] {
        lines.map { plain(String($0)) }.filter { !$0.isEmpty }
    }

    private static func plain(_ line: String) -> String {
        var text = line
        // Most lines have neither, and a pattern is compiled anew at each use.
        if text.contains("<") { text = text.replacing(#/<[^>]*>/#, with: "") }
        // {\an8} and its like are marks of another format that found their way into SubRip.
        if text.contains("{") { text = text.replacing(#/\{\\[^}]*\}/#, with: "") }
        if text.contains("&") {
            for (entity, character) in [
                ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&lrm;", ""), ("&rlm;", ""),
                ("&amp;", "&"),
            ] {
                text = text.replacing(entity, with: character)
            }
        }
        return text.harmless.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
