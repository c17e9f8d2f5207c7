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
            let isLast = firstStop == first.count && secondStop == second.count
            let compared = Self.compare(
                first[firstPlace..<firstStop], second[secondPlace..<secondStop], isLast: isLast, &changes, &same)
            (firstPlace, secondPlace) = (firstPlace + compared.first, secondPlace + compared.second)
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

    /// - Parameter isLast: no words follow. Else only what comes before the last word that both have is settled: what one engine heard
    ///   before the border, the other may have heard behind it.
    /// - Returns: how many words of each are settled.
    private static func compare(
        _ first: ArraySlice<CueUnit>, _ second: ArraySlice<CueUnit>, isLast: Bool, _ changes: inout [Change], _ same: inout Int
    ) -> (first: Int, second: Int) {
        let (first, second) = (Array(first), Array(second))
        var (from, to): ([CueUnit], [CueUnit]) = ([], [])
        func finish() {
            if let start = (to.first ?? from.first)?.start {
                changes.append(
                    Change(start: start, from: Self.text(from), to: Self.text(to)))
            }
            (from, to) = ([], [])
        }
        var pairs = WordAlignment.align(first.map { $0.text }, second.map { $0.text })
        if !isLast, let last = pairs.lastIndex(where: { isSame($0) }) { pairs.removeSubrange((last + 1)...) }
        func isSame(_ pair: WordAlignment.Pair) -> Bool {
            if let one = pair.first, let other = pair.second { first[one].text == second[other].text } else { false }
        }
        for pair in pairs {
            if let one = pair.first, let other = pair.second, first[one].text == second[other].text {
                finish()
                same += 1
            } else {
                if let one = pair.first { from.append(first[one]) }
                if let other = pair.second { to.append(second[other]) }
            }
        }
        finish()
        return (pairs.count { $0.first != nil }, pairs.count { $0.second != nil })
    }

    private static func text(_ units: [CueUnit]) -> String {
        units.map { ($0.hasSpace ? " " : "") + $0.text }.joined().trimmed
    }
}
