import SpoolFiles

/// Puts what several people say at a time into one order.
///
/// Segments that nobody talks into stay as they are. Others are cut where a turn can change: behind a sentence, in a pause, and in a long
/// sentence after some seconds. A word that the other throws in stands behind the sentence into which it was said.
enum TurnTaking {
    /// Seconds after which a turn can change inside a sentence.
    private static let longestTurn = 4.0
    /// Seconds of silence in which the turn can change.
    private static let pause = 0.5

    /// - Parameter tracks: of each person the segments in the order of time.
    static func inOrder(_ tracks: [[Transcript.Segment]]) -> [Transcript.Segment] {
        let turns = tracks.enumerated().flatMap { number, segments in
            segments.enumerated().flatMap { place, segment -> [(segment: Transcript.Segment, origin: (Int, Int))] in
                let others = overlapping(segment, in: tracks, except: number)
                return (others.isEmpty ? [segment] : cut(segment)).map { ($0, (number, place)) }
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

    private static func cut(_ segment: Transcript.Segment) -> [Transcript.Segment] {
        guard !segment.words.isEmpty else { return [segment] }
        var turns: [[Transcript.Word]] = []
        for word in segment.words {
            guard let last = turns.last?.last else {
                turns.append([word])
                continue
            }
            let seconds = last.end - turns[turns.count - 1][0].start
            if LineBreaks.endsSentence(last.word) || word.start - last.end >= pause || seconds >= longestTurn {
                turns.append([word])
            } else {
                turns[turns.count - 1].append(word)
            }
        }
        return turns.map { segment.part($0[...]) }
    }

    private static func joined(_ first: Transcript.Segment, _ second: Transcript.Segment) -> Transcript.Segment {
        var whole = first
        whole.words += second.words
        whole.text = whole.words.map(\.word).joined().trimmed
        whole.end = max(first.end, second.end)
        return whole
    }
}
