import SpoolFiles

/// Subtitles and transcripts as text files.
enum SubtitleText {
    /// SubRip: numbered cues, times with a comma.
    static func srt(_ cues: [Cue]) -> String {
        cues.enumerated().map { index, cue in
            "\(index + 1)\n\(time(cue.start, ",")) --> \(time(cue.end, ","))\n\(cue.lines.map(harmless).joined(separator: "\n"))\n"
        }.joined(separator: "\n")
    }

    /// WebVTT as the W3C specifies it: `&`, `<` and `>` are escaped, so that no text is taken for markup or an arrow.
    static func webVTT(_ cues: [Cue]) -> String {
        "WEBVTT\n\n"
            + cues.enumerated().map { index, cue in
                "\(index + 1)\n\(time(cue.start, ".")) --> \(time(cue.end, "."))\n\(cue.lines.map(escaped).joined(separator: "\n"))\n"
            }.joined(separator: "\n")
    }

    static func plain(_ transcript: Transcript) -> String {
        let paragraphs = paragraphs(transcript)
        return paragraphs.map(\.text).joined(separator: "\n\n") + (paragraphs.isEmpty ? "" : "\n")
    }

    /// A chapters track, as the HTML standard has it: cues whose text is the chapter's title.
    static func chaptersTrack(_ chapters: Chapters) -> String {
        webVTT(
            chapters.chapters.map {
                Cue(start: $0.start, end: $0.end, lines: [$0.title.split(whereSeparator: \.isNewline).joined(separator: " ")])
            })
    }

    /// Paragraphs, broken at pauses of two seconds, after about 600 characters at the end of a sentence, and where a chapter begins.
    /// - Parameter breaks: starts of chapters, in their order; seconds.
    static func paragraphs(_ transcript: Transcript, breaks: [Double] = []) -> [(start: Double, text: String)] {
        var paragraphs: [(start: Double, text: String)] = []
        var rest = breaks[...]
        var lastEnd = 0.0
        for segment in transcript.segments {
            let text = segment.text.trimmed
            var isNew = paragraphs.isEmpty || segment.start - lastEnd > 2
            if let last = paragraphs.last?.text, last.count > 600, ".?!".contains(last.last ?? " ") { isNew = true }
            while let chapter = rest.first, chapter <= segment.start + 0.01 {
                isNew = true
                rest = rest.dropFirst()
            }
            if isNew { paragraphs.append((segment.start, text)) } else { paragraphs[paragraphs.count - 1].text += " \(text)" }
            lastEnd = segment.end
        }
        return paragraphs
    }

    /// `01:02:03,456`; hours grow past two digits.
    static func time(_ seconds: Double, _ separator: String) -> String {
        let all = Int64((max(seconds, 0) * 1000).rounded())
        func digits(_ value: Int64, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return
            "\(digits(all / 3_600_000, 2)):\(digits(all / 60_000 % 60, 2)):\(digits(all / 1000 % 60, 2))\(separator)\(digits(all % 1000, 3))"
    }

    /// SubRip knows no escapes: an arrow in the text would be taken for a time line.
    private static func harmless(_ line: String) -> String { line.replacing("-->", with: "→") }

    private static func escaped(_ line: String) -> String {
        line.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
