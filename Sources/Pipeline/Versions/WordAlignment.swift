import SpoolFiles

/// Which words of one text are words of another, as few as possible being changed, added or left out.
package enum WordAlignment {
    /// A word of the first text, of the second, or of both.
    package struct Pair: Sendable, Hashable {
        package let first: Int?
        package let second: Int?
    }

    /// As words are compared: without case and marks.
    package static func key(_ word: String) -> String {
        let plain = word.lowercased().filter { $0.isLetter || $0.isNumber }
        return plain.isEmpty ? word.trimmed : plain
    }

    /// Pairs of words that are compared at once at most: four million cells.
    private static let limit = 2000

    /// Aligns two texts by the least number of edits. Of longer ones only the beginnings and the ends are aligned, each as far as the
    /// limit of time and memory allows; what lies between is in one text or the other.
    /// Words are the same if their texts are; `key` makes those the same that differ in case and marks only.
    package static func align(_ first: [String], _ second: [String]) -> [Pair] {
        guard first.count > limit || second.count > limit else { return alignAll(first, second) }
        let half = limit / 2
        let (heads, tails) = ((min(half, first.count), min(half, second.count)), (min(half, first.count), min(half, second.count)))
        let head = alignAll(Array(first.prefix(heads.0)), Array(second.prefix(heads.1)))
        let (firstTail, secondTail) = (max(heads.0, first.count - tails.0), max(heads.1, second.count - tails.1))
        let middle =
            (heads.0..<firstTail).map { Pair(first: $0, second: nil) } + (heads.1..<secondTail).map { Pair(first: nil, second: $0) }
        let tail = alignAll(Array(first[firstTail...]), Array(second[secondTail...])).map { pair in
            Pair(first: pair.first.map { $0 + firstTail }, second: pair.second.map { $0 + secondTail })
        }
        return head + middle + tail
    }

    private static func alignAll(_ first: [String], _ second: [String]) -> [Pair] {
        let width = second.count + 1
        var cost = Array(repeating: 0, count: (first.count + 1) * width)
        for column in 0..<width { cost[column] = column }
        for row in 0..<first.count {
            cost[(row + 1) * width] = row + 1
            for column in 0..<second.count {
                cost[(row + 1) * width + column + 1] = min(
                    cost[row * width + column] + (first[row] == second[column] ? 0 : 1), cost[row * width + column + 1] + 1,
                    cost[(row + 1) * width + column] + 1)
            }
        }
        var pairs: [Pair] = []
        var (row, column) = (first.count, second.count)
        while row > 0 || column > 0 {
            let here = cost[row * width + column]
            if row > 0, column > 0, here == cost[(row - 1) * width + column - 1] + (first[row - 1] == second[column - 1] ? 0 : 1) {
                pairs.append(Pair(first: row - 1, second: column - 1))
                (row, column) = (row - 1, column - 1)
            } else if row > 0, here == cost[(row - 1) * width + column] + 1 {
                pairs.append(Pair(first: row - 1, second: nil))
                row -= 1
            } else {
                pairs.append(Pair(first: nil, second: column - 1))
                column -= 1
            }
        }
        return pairs.reversed()
    }
}
