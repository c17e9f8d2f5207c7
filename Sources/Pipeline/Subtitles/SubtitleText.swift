import SpoolFiles

/// Subtitles and transcripts as text files.
enum SubtitleText {
    /// SubRip: numbered cues, times with a comma.
    static func srt(_ cues: [Cue]) -> String {
        cues.enumerated().map { index, cue in
            "\(index + 1)\n\(time(cue.start, ",")) --> \(time(cue.end, ","))\n\(cue.lines.map(harmless).joined(separator: "\n"))\n"
        }.joined(separator: "\n")
    }

    /// WebVTT as the W3C specifies it: `&`, `<` and `>` are escaped, so that no text is taken for markup or an arrow. Chapters stand as
    /// notes where they begin.
    static func webVTT(_ cues: [Cue], chapters: [Chapters.Chapter] = []) -> String {
        var blocks = ["WEBVTT\n"]
        var rest = chapters[...]
        func noteChapters(until time: Double) {
            while let chapter = rest.first, chapter.start <= time {
                blocks.append("NOTE Chapter: \(note(chapter.title))\n")
                rest = rest.dropFirst()
            }
        }
        for (index, cue) in cues.enumerated() {
            noteChapters(until: cue.start + 0.01)
            blocks.append(
                "\(index + 1)\n\(time(cue.start, ".")) --> \(time(cue.end, "."))\n\(cue.lines.map(escaped).joined(separator: "\n"))\n")
        }
        noteChapters(until: .infinity)
        return blocks.joined(separator: "\n")
    }

    /// Paragraphs with an empty line between them; a new speaker's name stands before his first.
    static func plain(_ transcript: Transcript, names: [String: String]) -> String {
        let paragraphs = Paragraph.all(of: transcript, names: names)
        return paragraphs.map { "\($0.speaker.map { "\($0): " } ?? "")\($0.text)" }.joined(separator: "\n\n")
            + (paragraphs.isEmpty ? "" : "\n")
    }

    /// A table as whisper writes it: a line a segment, with its start and end in milliseconds and its text, between tabs.
    static func table(_ transcript: Transcript) -> String {
        "start\tend\ttext\n"
            + transcript.segments.map {
                "\(milliseconds($0.start))\t\(milliseconds($0.end))\t\(oneLine($0.text).replacing("\"", with: "'"))\n"
            }.joined()
    }

    /// LRC, as players of music show it: a line a cue, behind its time. Minutes grow past two digits; it knows no hours.
    static func lyrics(_ cues: [Cue], title: String, author: String?, duration: Double) -> String {
        func clock(_ seconds: Double) -> String {
            let hundredths = Int64((max(seconds, 0) * 100).rounded())
            return "\(digits(hundredths / 6000, 2)):\(digits(hundredths / 100 % 60, 2)).\(digits(hundredths % 100, 2))"
        }
        // What stands between brackets is taken for a tag.
        func plain(_ text: String) -> String { oneLine(text).replacing("[", with: "(").replacing("]", with: ")") }
        let tags = [("ti", title), ("ar", author), ("length", clock(duration)), ("re", "Spoolscribe")].compactMap { name, value in
            value.map { "[\(name):\(plain($0))]\n" }
        }
        return tags.joined() + cues.map { "[\(clock($0.start))]\(plain($0.lines.joined(separator: " ")))\n" }.joined()
    }

    /// A chapters track, as the HTML standard has it: cues whose text is the chapter's title.
    static func chaptersTrack(_ chapters: Chapters) -> String {
        webVTT(
            chapters.chapters.map {
                Cue(start: $0.start, end: $0.end, lines: [$0.title.split(whereSeparator: \.isNewline).joined(separator: " ")])
            })
    }

    /// `01:02:03,456`; hours grow past two digits.
    static func time(_ seconds: Double, _ separator: String) -> String {
        let all = milliseconds(seconds)
        return
            "\(digits(all / 3_600_000, 2)):\(digits(all / 60_000 % 60, 2)):\(digits(all / 1000 % 60, 2))\(separator)\(digits(all % 1000, 3))"
    }

    private static func milliseconds(_ seconds: Double) -> Int64 { Int64((max(seconds, 0) * 1000).rounded()) }

    private static func digits(_ value: Int64, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    private static func oneLine(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

    private static func note(_ text: String) -> String { oneLine(text).replacing("-->", with: "→") }

    /// SubRip knows no escapes: an arrow in the text would be taken for a time line, and brackets for markup.
    private static func harmless(_ line: String) -> String {
        line.replacing("-->", with: "→").replacing("<", with: "‹").replacing(">", with: "›")
    }

    private static func escaped(_ line: String) -> String {
        line.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
