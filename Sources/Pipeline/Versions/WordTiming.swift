import SpoolFiles

/// Gives the words of a text the times at which a machine heard them.
enum WordTiming {
    /// Seconds around a line in which the machine may have heard its words.
    private static let reach = 1.5

    /// The words of a line: those that the machine heard too have its times and certainty, the others what lies between. In scripts
    /// without spaces, what can stand on a line by itself is a word.
    /// - Parameter heard: in the order of time.
    static func words(of text: String, start: Double, end: Double, by heard: [Transcript.Word]) -> [Transcript.Word] {
        let pieces = CueUnit.pieces(of: text)
        guard !pieces.isEmpty else { return [] }
        let texts = pieces.map(\.text)
        let near = heard[heard.partition { $0.end > start - reach }...].prefix { $0.start < end + reach }.flatMap(Self.pieces)
        var times: [Transcript.Word?] = Array(repeating: nil, count: texts.count)
        for pair in WordAlignment.align(near.map { WordAlignment.key($0.word) }, texts.map(WordAlignment.key)) {
            guard let first = pair.first, let second = pair.second,
                WordAlignment.key(near[first].word) == WordAlignment.key(texts[second])
            else { continue }
            times[second] = near[first]
        }
        return zip(pieces, filled(texts, times, start, end)).map { piece, word in
            var word = word
            word.word = piece.hasSpace ? " \(piece.text)" : piece.text
            return word
        }
    }

    /// A word that may be a whole line of a script without spaces.
    private static func pieces(of word: Transcript.Word) -> [Transcript.Word] {
        let pieces = CueUnit.pieces(of: word.word)
        guard pieces.count > 1 else { return [word] }
        let all = Double(pieces.reduce(0) { $0 + $1.text.count })
        var time = word.start
        return pieces.map { piece in
            let end = time + (word.end - word.start) * Double(piece.text.count) / all
            defer { time = end }
            return .init(start: time, end: end, word: piece.text, probability: word.probability)
        }
    }

    private static func filled(
        _ texts: [String], _ times: [Transcript.Word?], _ start: Double, _ end: Double
    ) -> [Transcript.Word] {
        var result: [Transcript.Word] = []
        var index = 0
        while index < texts.count {
            let floor = result.last?.end ?? start
            if let known = times[index] {
                let start = min(max(known.start, floor), end)
                result.append(
                    .init(start: start, end: min(max(known.end, start), end), word: texts[index], probability: known.probability)
                )
                index += 1
                continue
            }
            // Up to the next word whose time is known, by the length of the words.
            let stop = (index..<texts.count).first { times[$0] != nil } ?? texts.count
            let ceiling = max(floor, min(stop < texts.count ? times[stop]!.start : end, end))
            let all = Double(texts[index..<stop].reduce(0) { $0 + $1.count })
            var time = floor
            for text in texts[index..<stop] {
                let end = time + (ceiling - floor) * Double(text.count) / max(all, 1)
                result.append(.init(start: time, end: end, word: text, probability: nil))
                time = end
            }
            index = stop
        }
        // Whole milliseconds, as every engine has them.
        return result.map { word in
            var rounded = word
            rounded.start = (word.start * 1000).rounded() / 1000
            rounded.end = (word.end * 1000).rounded() / 1000
            return rounded
        }
    }
}
