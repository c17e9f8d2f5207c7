import SpoolFiles

/// Where two transcripts of one recording differ, word by word.
package struct TranscriptComparison: Sendable {
    package struct Change: Encodable, Sendable {
        /// Seconds.
        package let start: Double
        package let from: String
        package let to: String
    }

    package let changes: [Change]
    /// Words that are in both.
    package let sameWords: Int
    /// Words of the later one.
    package let words: Int

    /// Seconds that are compared at once: enough for words that two engines hear at different times.
    private static let window = 60.0

    package init(from earlier: Transcript, to later: Transcript) {
        let (first, second) = (Self.words(earlier), Self.words(later))
        var changes: [Change] = []
        var same = 0
        var (firstPlace, secondPlace) = (0, 0)
        while firstPlace < first.count || secondPlace < second.count {
            let next = [
                firstPlace < first.count ? first[firstPlace].start : nil, secondPlace < second.count ? second[secondPlace].start : nil,
            ]
            let border = (next.compactMap { $0 }.min() ?? 0) + Self.window
            let firstStop = first[firstPlace...].firstIndex { $0.start >= border } ?? first.count
            let secondStop = second[secondPlace...].firstIndex { $0.start >= border } ?? second.count
            Self.compare(first[firstPlace..<firstStop], second[secondPlace..<secondStop], &changes, &same)
            (firstPlace, secondPlace) = (firstStop, secondStop)
        }
        self.changes = changes
        sameWords = same
        words = second.count
    }

    private static func words(_ transcript: Transcript) -> [CueUnit] {
        var said = transcript
        // Who says it is no word of it.
        for index in said.segments.indices { said.segments[index].speaker = nil }
        return CueUnit.all(of: said, names: [:], limit: 1000)
    }

    private static func compare(_ first: ArraySlice<CueUnit>, _ second: ArraySlice<CueUnit>, _ changes: inout [Change], _ same: inout Int) {
        let (first, second) = (Array(first), Array(second))
        var (from, to): ([CueUnit], [CueUnit]) = ([], [])
        func finish() {
            if let start = (to.first ?? from.first)?.start {
                changes.append(
                    Change(start: start, from: from.map(\.text).joined(separator: " "), to: to.map(\.text).joined(separator: " ")))
            }
            (from, to) = ([], [])
        }
        for pair in WordAlignment.align(first.map { $0.text }, second.map { $0.text }) {
            if let one = pair.first, let other = pair.second, first[one].text == second[other].text {
                finish()
                same += 1
            } else {
                if let one = pair.first { from.append(first[one]) }
                if let other = pair.second { to.append(second[other]) }
            }
        }
        finish()
    }
}
