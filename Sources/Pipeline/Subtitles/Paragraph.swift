import SpoolFiles

/// What is read at a stretch: segments of one speaker without a long pause between them.
struct Paragraph: Sendable, Hashable {
    /// Seconds.
    var start: Double
    /// The name of who speaks, where that is known and changes here.
    var speaker: String?
    var text: String

    /// Seconds of silence behind which a new one begins.
    private static let pause = 2.0
    /// Characters after which the end of a sentence ends it.
    private static let length = 600
    /// Characters after which the end of a segment ends it, where there are no full stops.
    private static let longest = 1800

    /// All of a transcript, broken also where a chapter begins.
    /// - Parameters:
    ///   - names: of speakers, by their labels.
    ///   - breaks: starts of chapters, in their order; seconds.
    static func all(of transcript: Transcript, names: [String: String], breaks: [Double] = []) -> [Paragraph] {
        var paragraphs: [Paragraph] = []
        var rest = breaks[...]
        var lastEnd = 0.0
        var speaker: String?
        for segment in transcript.segments {
            let text = segment.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let isTurn = segment.speaker != speaker
            var isNew = paragraphs.isEmpty || isTurn || segment.start - lastEnd > pause
            if let last = paragraphs.last?.text {
                let count = last.count
                if count > longest || count > length && LineBreaks.endsSentence(last) { isNew = true }
            }
            while let chapter = rest.first, chapter <= segment.start + 0.01 {
                isNew = true
                rest = rest.dropFirst()
            }
            if isNew {
                let label = isTurn ? segment.speaker : nil
                paragraphs.append(Paragraph(start: segment.start, speaker: label.map { names[$0] ?? $0 }, text: text))
            } else {
                // Scripts without spaces have none between sentences either.
                let space = CueRules.isFullWidth(transcript.language) ? "" : " "
                paragraphs[paragraphs.count - 1].text += "\(space)\(text)"
            }
            speaker = segment.speaker
            lastEnd = segment.end
        }
        return paragraphs
    }
}
