import SpoolFiles

/// A piece of text that stays together on one line: a word with its punctuation, or a part of one that is longer than a line.
struct CueUnit: Sendable {
    var text: String
    /// A space stands before it, unless it begins a line.
    var hasSpace: Bool
    /// Seconds.
    var start: Double
    var end: Double
    /// Whose turn it is.
    var speaker: String?
    /// It ends a segment of the transcript.
    var endsSegment = false
    /// Characters.
    let length: Int

    init(text: String, hasSpace: Bool, start: Double, end: Double, speaker: String?) {
        self.text = text
        self.hasSpace = hasSpace
        self.start = start
        self.end = end
        self.speaker = speaker
        length = text.count
    }

    /// All of a transcript in the order of time. Nothing begins before what stands before it.
    /// - Parameters:
    ///   - names: of speakers, by their labels. The first word of a turn has the name before it.
    ///   - limit: characters of the longest unit.
    static func all(of transcript: Transcript, names: [String: String], limit: Int) -> [CueUnit] {
        var units: [CueUnit] = []
        var turns: [Range<Int>] = []
        var speaker: String?
        for segment in transcript.segments {
            let first = units.count
            var words = words(of: segment)
            if segment.speaker != speaker, let label = segment.speaker, !words.isEmpty {
                words[0].word = " \(names[label] ?? label): \(words[0].word.trimmed)"
            }
            speaker = segment.speaker
            for word in words { add(word, segment.speaker, isFirst: units.count == first, limit, &units) }
            if units.count > first {
                units[units.count - 1].endsSegment = true
                turns.append(first..<units.count)
            }
        }
        takeTurns(turns, &units)
        var floor = 0.0
        for index in units.indices {
            units[index].start = max(units[index].start, floor)
            units[index].end = max(units[index].end, units[index].start)
            floor = units[index].start
        }
        return units
    }

    /// Where several people talk at once, all that they say in that time is spread over it, one behind the other: shown when it is
    /// said, as far as that can be read.
    /// - Parameter turns: of each segment its units.
    private static func takeTurns(_ turns: [Range<Int>], _ units: inout [CueUnit]) {
        var first = 0
        while first < turns.count {
            var last = first
            var end = units[turns[first].upperBound - 1].end
            while last + 1 < turns.count, units[turns[last + 1].lowerBound].start < end - 0.05 {
                last += 1
                end = max(end, units[turns[last].upperBound - 1].end)
            }
            let together = turns[first].lowerBound..<turns[last].upperBound
            if Set(units[together].map(\.speaker)).count > 1 {
                // What the first says alone keeps its times.
                let begin = units[turns[first + 1].lowerBound].start
                spread(together.drop { units[$0].end <= begin }, from: begin, to: end, &units)
            }
            first = last + 1
        }
    }

    private static func spread(_ places: Range<Int>, from begin: Double, to end: Double, _ units: inout [CueUnit]) {
        guard let first = places.first else { return }
        var time = min(begin, units[first].start)
        let speed = (end - time) / Double(places.reduce(0) { $0 + units[$1].length + 1 })
        for place in places {
            units[place].start = time
            time += Double(units[place].length + 1) * speed
            units[place].end = time
        }
    }

    /// The words of a segment; one that has none is spread over its time by the length of its words.
    private static func words(of segment: Transcript.Segment) -> [Transcript.Word] {
        let known = segment.words.filter { !$0.word.trimmed.isEmpty }
        if !known.isEmpty { return known }
        let texts = segment.text.split(whereSeparator: \.isWhitespace)
        let all = Double(max(texts.reduce(0) { $0 + $1.count }, 1))
        var time = segment.start
        return texts.map { text in
            let end = time + (segment.end - segment.start) * Double(text.count) / all
            defer { time = end }
            return Transcript.Word(start: time, end: end, word: " \(text)", probability: nil)
        }
    }

    /// - Parameter isFirst: whether the word begins a segment.
    private static func add(_ word: Transcript.Word, _ speaker: String?, isFirst: Bool, _ limit: Int, _ units: inout [CueUnit]) {
        var pieces = pieces(of: word.word, limit: limit)
        guard !pieces.isEmpty else { return }
        pieces[0].hasSpace = isFirst || word.word.first?.isWhitespace == true
        let all = Double(pieces.reduce(0) { $0 + $1.text.count })
        var time = word.start
        for piece in pieces {
            let end = time + (word.end - word.start) * Double(piece.text.count) / all
            let unit = CueUnit(text: piece.text, hasSpace: piece.hasSpace, start: time, end: end, speaker: speaker)
            time = end
            // What follows without a space, as "-year" follows "ten", stays with what it follows.
            if let last = units.last, !unit.hasSpace, !LineBreaks.areAllowed(between: last.text.last!, and: unit.text.first!),
                last.length + unit.length <= limit, last.speaker == speaker
            {
                units[units.count - 1] = CueUnit(
                    text: last.text + unit.text, hasSpace: last.hasSpace, start: last.start, end: end, speaker: speaker)
            } else {
                units.append(unit)
            }
        }
    }

    /// A text cut at its spaces, where its script allows a break without one, and where it would pass the limit.
    static func pieces(of text: String, limit: Int = .max) -> [(text: String, hasSpace: Bool)] {
        var pieces: [(text: String, hasSpace: Bool)] = []
        for part in text.split(whereSeparator: \.isWhitespace) {
            var (piece, hasSpace) = ("", true)
            for character in part {
                if let last = piece.last, piece.count == limit || LineBreaks.areAllowed(between: last, and: character) {
                    pieces.append((piece, hasSpace))
                    (piece, hasSpace) = ("", false)
                }
                piece.append(character)
            }
            pieces.append((piece, hasSpace))
        }
        return pieces
    }
}
