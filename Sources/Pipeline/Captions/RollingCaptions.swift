/// Automatic captions roll: each shows the line before it again, and between two of them stands one for an instant that says nothing
/// new. Read as they are, everything would be said twice.
enum RollingCaptions {
    /// The share of captions that begin with what the one before ended with, from which they are taken for rolling ones.
    private static let share = 0.3
    /// Seconds between two captions, behind which the second does not carry on the first.
    private static let gap = 0.5

    /// - Parameter captions: in the order of their times.
    static func folded(_ captions: [Caption]) -> [Caption] {
        let repeats = zip(captions, captions.dropFirst()).count { $0.lines.last == $1.lines.first && $1.start - $0.end < gap }
        guard captions.count > 2, Double(repeats) >= share * Double(captions.count - 1) else { return captions }
        var result: [Caption] = []
        var shown: [String] = []
        var lastEnd = 0.0
        for caption in captions {
            var lines = caption.lines[...]
            // What left the screen and comes again is said again.
            if caption.start - lastEnd >= gap { shown = [] }
            // What is on the screen still: as much of the end of what was shown as the caption begins with.
            for count in stride(from: min(shown.count, lines.count), to: 0, by: -1)
            where shown.suffix(count).elementsEqual(lines.prefix(count)) {
                lines = lines.dropFirst(count)
                break
            }
            shown = caption.lines
            defer { lastEnd = caption.end }
            if lines.isEmpty {
                if !result.isEmpty { result[result.count - 1].end = max(result[result.count - 1].end, caption.end) }
                continue
            }
            // What was said before has been said.
            if !result.isEmpty { result[result.count - 1].end = min(result[result.count - 1].end, caption.start) }
            result.append(Caption(start: caption.start, end: caption.end, lines: Array(lines), words: caption.words))
        }
        return result
    }
}
