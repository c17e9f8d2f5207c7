import SpoolFiles

/// Puts what several people say at a time into one order.
///
/// Segments that nobody talks into stay as they are. Others are cut where a turn can change: where the other begins, behind a sentence, in a
/// pause, and after some words, so that nothing is shown long after it is said, however long two people talk at once.
enum TurnTaking {
    /// Words of one person at most while another talks too.
    private static let longestTurn = 8
    /// Seconds of silence in which the turn can change.
    private static let pause = 0.5

    /// - Parameter tracks: of each person the segments in the order of time.
    static func inOrder(_ tracks: [[Transcript.Segment]]) -> [Transcript.Segment] {
        let turns = tracks.enumerated().flatMap { number, segments in
            segments.enumerated().flatMap { place, segment -> [(segment: Transcript.Segment, origin: (Int, Int))] in
                let others = overlapping(segment, in: tracks, except: number)
                return cut(segment, among: others).map { ($0, (number, place)) }
            }
        }.sorted { ($0.segment.start, $0.segment.end) < ($1.segment.start, $1.segment.end) }
        var result: [Transcript.Segment] = []
        var last: (Int, Int)?
        for turn in turns {
            // Nobody came in between: one segment again.
            if let last, last == turn.origin {
                result[result.count - 1] = joined(result[result.count - 1], turn.segment)
            } else {
                result.append(turn.segment)
            }
            last = turn.origin
        }
        return result
    }

    /// What others say meanwhile.
    private static func overlapping(_ segment: Transcript.Segment, in tracks: [[Transcript.Segment]], except own: Int) -> [Transcript
        .Segment]
    {
        tracks.indices.filter { $0 != own }.flatMap { number -> ArraySlice<Transcript.Segment> in
            let track = tracks[number]
            let first = track.partition { $0.end > segment.start }
            return track[first...].prefix { $0.start < segment.end }
        }
    }

    private static func cut(_ segment: Transcript.Segment, among others: [Transcript.Segment]) -> [Transcript.Segment] {
        guard !others.isEmpty, !segment.words.isEmpty else { return [segment] }
        var turns: [[Transcript.Word]] = []
        for word in segment.words {
            guard let last = turns.last?.last else {
                turns.append([word])
                continue
            }
            let isTaken = others.contains { last.start < $0.start && $0.start <= word.start }
            if isTaken || LineBreaks.endsSentence(last.word) || word.start - last.end >= pause
                || turns[turns.count - 1].count == longestTurn
            {
                turns.append([word])
            } else {
                turns[turns.count - 1].append(word)
            }
        }
        return turns.map { words in
            var turn = segment
            turn.words = words
            turn.text = words.map(\.word).joined().trimmed
            turn.start = words[0].start
            turn.end = max(words[words.count - 1].end, words[0].start)
            return turn
        }
    }

    private static func joined(_ first: Transcript.Segment, _ second: Transcript.Segment) -> Transcript.Segment {
        var whole = first
        whole.words += second.words
        whole.text = whole.words.map(\.word).joined().trimmed
        whole.end = max(first.end, second.end)
        return whole
    }
}
