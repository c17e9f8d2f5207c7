import FoundationEssentials
import SpoolFiles

/// A transcript as a person corrected it, read from a drop.
package struct Correction: Sendable, Hashable {
    struct Line: Sendable, Hashable {
        /// Seconds.
        var start: Double
        var end: Double
        var text: String
        var speaker: String?
        /// As they were cut, of subtitles.
        var cut: [String] = []
        /// Only if the file tells when each is said.
        var words: [Transcript.Word] = []
    }

    /// `srt`, `vtt` or `json`.
    var format: String
    var lines: [Line]
    var language: String?

    /// The extensions of files that can only be a corrected transcript.
    static let captionFormats: Set = ["srt", "vtt"]
    package static let formats = captionFormats.union(["json"])

    /// Bytes: thirty hours of subtitles have three million.
    package static let sizeLimit: Int64 = 32 << 20

    /// - Returns: `nil` if the data is nothing of that format.
    init?(captions data: Data, format: String) {
        // What a person lets come again is said again.
        guard let captions = CaptionFile.read(data, format: format, foldsRolling: false), !captions.isEmpty else { return nil }
        self.format = format
        lines = captions.map {
            Line(start: $0.start, end: $0.end, text: Self.plain($0.text), cut: $0.lines.map(Self.plain), words: $0.words)
        }
    }

    /// Our own JSON, or whisper's.
    init(json data: Data) throws {
        struct Whole: Decodable {
            struct Segment: Decodable {
                struct Word: Decodable {
                    var start: Double
                    var end: Double
                    var word: String
                    var probability: Double?
                }
                var start: Double
                var end: Double
                var text: String
                var speaker: String?
                var words: [Word]?
            }
            var language: String?
            var segments: [Segment]
        }
        let whole = try JSONDecoder().decode(Whole.self, from: data)
        format = "json"
        language = whole.language.flatMap { JobSpec.isLanguage($0) ? $0 : nil }
        lines = try whole.segments.enumerated().compactMap { number, segment in
            if segment.text.trimmed.isEmpty { return nil }
            guard segment.start >= 0, segment.start <= segment.end, segment.end < CaptionFile.longest else {
                throw Malformed(description: "segment \(number + 1) has impossible times: start \(segment.start), end \(segment.end)")
            }
            let words = (segment.words ?? []).map {
                Transcript.Word(start: $0.start, end: $0.end, word: Self.plainWord($0.word), probability: $0.probability)
            }
            // Words that are not those of the text were left as they were when the text was corrected.
            let said = words.map(\.word).joined().filter { !$0.isWhitespace }
            let keeps =
                said == Self.plain(segment.text).filter { !$0.isWhitespace } && Self.areInOrder(words, in: segment.start...segment.end)
            return Line(
                start: segment.start, end: segment.end, text: Self.plain(segment.text), speaker: segment.speaker?.harmless,
                words: keeps ? words : [])
        }.sorted { $0.start < $1.start }
    }

    private struct Malformed: Error, CustomStringConvertible { let description: String }

    /// The same of a word, which has the space before it.
    private static func plainWord(_ word: String) -> String { (word.first?.isWhitespace == true ? " " : "") + plain(word) }

    /// Without what our own subtitles add to hold a line from right to left, and without what drives terminals.
    private static func plain(_ text: String) -> String {
        String(text.unicodeScalars.filter { !["\u{200E}", "\u{200F}"].contains($0) }).harmless.trimmed
    }

    /// Whether the times of words lie one behind the other in those of their segment, give or take what rounding does.
    private static func areInOrder(_ words: [Transcript.Word], in times: ClosedRange<Double>) -> Bool {
        var floor = times.lowerBound - 0.01
        for word in words {
            guard floor <= word.start, word.start <= word.end, word.end <= times.upperBound + 0.01 else { return false }
            floor = word.start
        }
        return true
    }

    /// Seconds that the last subtitle may stand longer than the recording lasts: players and editors round, and let it stand.
    private static let slack = 10.0

    /// Why it cannot be a transcript of a recording of so many seconds; `nil` if it can.
    func problem(duration: Double) -> String? {
        guard let last = lines.last else { return "it has no line with a text and two times" }
        guard last.start <= duration + 1 else {
            return "its last line begins at \(Int(last.start)) s, but the recording ends at \(Int(duration)) s: it is of another recording"
        }
        if let late = lines.firstIndex(where: { $0.end > duration + Self.slack }) {
            return "line \(late + 1) ends at \(Int(lines[late].end)) s, but the recording ends at \(Int(duration)) s"
        }
        return nil
    }

    /// The transcript, with each word where the machine heard it, as far as it heard it.
    /// - Parameters:
    ///   - current: the version that is replaced.
    ///   - names: of speakers, by their labels.
    ///   - version: by which it is called: the id of the drop.
    func transcript(correcting current: Transcript, names: [String: String], author: String, version: String, at time: Timestamp)
        -> Transcript
    {
        // By who was heard: two people who talk at once are not in one order.
        let heard = Dictionary(grouping: current.segments, by: \.speaker).mapValues { $0.flatMap(\.words).sorted { $0.start < $1.start } }
        let everything = current.segments.flatMap(\.words).sorted { $0.start < $1.start }
        let labels = Set(current.segments.compactMap(\.speaker))
        let hasNames = lines.contains { Self.speaker(of: $0.text, labels: labels, names: names) != nil }
        var speaker: String?
        let byStart = Dictionary(grouping: current.segments) { Self.thousandths($0.start) }
        let segments = lines.enumerated().map { number, line -> Transcript.Segment in
            if format == "json", let same = byStart[Self.thousandths(line.start)]?.first(where: { Self.isSame($0, line) }) {
                // What nobody touched keeps its words' times, and the subtitles in which a person put it.
                var segment = Transcript.Segment(id: number, start: same.start, end: same.end, text: same.text, words: same.words)
                segment.speaker = same.speaker
                segment.cues = same.cues
                return segment
            }
            var line = line
            line.start = min(line.start, current.duration)
            line.end = min(max(line.end, line.start), max(current.duration, line.start))
            if let named = Self.speaker(of: line.text, labels: labels, names: names) {
                (speaker, line.text) = (named.label, named.rest)
                line.words = []
                // The name stands on the first line, by itself or before what is said.
                if let first = line.cut.first, let colon = first.firstIndex(of: ":") {
                    let rest = first[first.index(after: colon)...].trimmed
                    line.cut = (rest.isEmpty ? [] : [rest]) + line.cut.dropFirst()
                }
            } else if format == "json" {
                speaker = line.speaker
            } else if speaker == nil, !labels.isEmpty {
                // The file names nobody so far: as the machine heard it.
                let next = current.segments.partition { $0.start > (line.start + line.end) / 2 }
                speaker = next > 0 ? current.segments[next - 1].speaker : nil
            }
            let words =
                line.words.isEmpty
                ? WordTiming.words(of: line.text, start: line.start, end: line.end, by: heard[speaker] ?? everything) : line.words
            var segment = Transcript.Segment(id: number, start: line.start, end: line.end, text: " \(line.text)", words: words)
            segment.speaker = speaker
            if !line.cut.isEmpty { segment.cues = [.init(start: line.start, end: line.end, lines: line.cut)] }
            if format != "json", !hasNames { speaker = nil }
            return segment
        }
        var provenance = Transcript.Provenance(
            engine: Transcript.Provenance.human, engineVersion: Version.current, model: format, task: current.provenance.task,
            jobID: version, createdAt: time)
        provenance.author = author
        provenance.basedOn = current.provenance.jobID
        return Transcript(
            language: language ?? current.language, languageProbability: nil, duration: current.duration,
            speechDuration: current.speechDuration, segments: format == "json" ? segments : Self.sentences(segments),
            flags: segments.isEmpty ? [.noSpeech] : [], provenance: provenance)
    }

    private static func thousandths(_ seconds: Double) -> Int { Int((seconds * 1000).rounded()) }

    private static func isSame(_ segment: Transcript.Segment, _ line: Line) -> Bool {
        plain(segment.text) == line.text && segment.speaker == line.speaker && thousandths(segment.end) == thousandths(line.end)
            && (line.words.isEmpty || line.words == segment.words)
    }

    /// Seconds of a segment at most, and of silence in it.
    private static let longest = 30.0
    private static let pause = 1.5

    /// Subtitles are cut where a line is full; what is read and searched is a sentence.
    private static func sentences(_ lines: [Transcript.Segment]) -> [Transcript.Segment] {
        var result: [Transcript.Segment] = []
        for line in lines {
            if let last = result.last, last.speaker == line.speaker, !LineBreaks.endsSentence(last.text), line.start - last.end < pause,
                line.end - last.start < longest
            {
                result[result.count - 1].text += line.text
                result[result.count - 1].end = max(last.end, line.end)
                result[result.count - 1].words += line.words
                result[result.count - 1].cues = (last.cues ?? []) + (line.cues ?? [])
            } else {
                var next = line
                next.id = result.count
                result.append(next)
            }
        }
        return result
    }

    /// Subtitles have the name of a new speaker before his first words.
    private static func speaker(of text: String, labels: Set<String>, names: [String: String]) -> (label: String, rest: String)? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let name = text[..<colon].trimmed
        let rest = text[text.index(after: colon)...].trimmed
        guard !rest.isEmpty, let label = labels.first(where: { $0 == name || names[$0] == name }) else { return nil }
        return (label, rest)
    }
}
