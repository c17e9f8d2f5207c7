import SpoolFiles

/// One subtitle: up to two lines that stand on the screen together.
struct Cue: Sendable, Hashable {
    /// Seconds.
    var start: Double
    var end: Double
    var lines: [String]
}

/// Lays words out as subtitles by broadcast practice.
struct CueLayout: Sendable {
    var maxLines = 2
    /// Characters.
    var maxLineLength = 42
    /// Seconds.
    var minDuration = 1.0
    var maxDuration = 7.0
    /// Characters a second.
    var maxRate = 20.0
    /// Seconds that a cue may stand before its first word.
    var maxLead = 0.5
    /// Seconds of silence after which a new cue begins.
    var pause = 1.5

    private var capacity: Int { maxLines * maxLineLength }

    func cues(for transcript: Transcript) -> [Cue] {
        let words = transcript.segments.flatMap(Self.words)
        var cues: [Cue] = []
        var current: [Transcript.Word] = []
        for word in words {
            if !current.isEmpty, mustBreak(current, before: word) {
                cues.append(cue(current))
                current = []
            }
            current.append(word)
        }
        if !current.isEmpty { cues.append(cue(current)) }
        return timed(cues, end: transcript.duration)
    }

    /// The words of a segment; one that has none is spread evenly over its time.
    private static func words(_ segment: Transcript.Segment) -> [Transcript.Word] {
        if !segment.words.isEmpty { return segment.words.filter { !$0.word.trimmed.isEmpty } }
        let texts = segment.text.split(separator: " ")
        let length = (segment.end - segment.start) / Double(max(texts.count, 1))
        return texts.enumerated().map { index, text in
            let start = segment.start + Double(index) * length
            return Transcript.Word(start: start, end: start + length, word: " \(text)", probability: nil)
        }
    }

    private func mustBreak(_ current: [Transcript.Word], before word: Transcript.Word) -> Bool {
        let text = Self.text(current)
        if word.start - current.last!.end > pause { return true }
        if word.end - current.first!.start > maxDuration { return true }
        if wrap(Self.text(current + [word])).count > maxLines { return true }
        // The end of a sentence is the best place, once there is enough to read.
        return text.count >= maxLineLength / 2 && ".?!…。？！".contains(text.last ?? " ")
    }

    private static func text(_ words: [Transcript.Word]) -> String { words.map(\.word).joined().trimmed }

    private func cue(_ words: [Transcript.Word]) -> Cue {
        let text = Self.text(words)
        return Cue(start: words.first!.start, end: words.last!.end, lines: balanced(text))
    }

    /// Breaks a text into lines of at most the allowed length; a longer word is cut.
    private func wrap(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            var rest = word[...]
            while rest.count > maxLineLength {
                if !line.isEmpty { lines.append(line) }
                line = ""
                lines.append(String(rest.prefix(maxLineLength)))
                rest = rest.dropFirst(maxLineLength)
            }
            if line.isEmpty {
                line = String(rest)
            } else if line.count + 1 + rest.count <= maxLineLength {
                line += " \(rest)"
            } else {
                lines.append(line)
                line = String(rest)
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    /// One line if it fits; else two, broken after punctuation where that leaves both within the length, else near the middle.
    private func balanced(_ text: String) -> [String] {
        guard text.count > maxLineLength else { return [text] }
        let words = text.split(separator: " ")
        var best: (cost: Int, lines: [String])?
        for index in 1..<max(words.count, 1) {
            let first = words[..<index].joined(separator: " ")
            let second = words[index...].joined(separator: " ")
            guard first.count <= maxLineLength, second.count <= maxLineLength else { continue }
            let endsClause = ",;:.?!".contains(first.last ?? " ")
            let cost = abs(first.count - second.count) - (endsClause ? 20 : 0)
            if best == nil || cost < best!.cost { best = (cost, [first, second]) }
        }
        return best?.lines ?? wrap(text)
    }

    /// Gives each cue time to be read where the next one leaves it, or else a little before its first word; lets none overlap.
    private func timed(_ cues: [Cue], end: Double) -> [Cue] {
        var result = cues
        for index in result.indices {
            let characters = Double(result[index].lines.joined(separator: " ").count)
            let wanted = min(max(minDuration, characters / maxRate), maxDuration)
            let limit = index + 1 < result.count ? result[index + 1].start : max(end, result[index].end)
            result[index].end = min(max(result[index].end, result[index].start + wanted), max(limit, result[index].start + 0.001))
            let lacking = wanted - (result[index].end - result[index].start)
            let earliest = max(index > 0 ? result[index - 1].end : 0, result[index].start - maxLead)
            if lacking > 0 { result[index].start = max(earliest, result[index].start - lacking) }
        }
        return result
    }
}
