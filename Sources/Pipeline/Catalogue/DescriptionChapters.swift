import SpoolFiles

/// Chapters that somebody wrote into a description as a list of time stamps: "0:00 Welcome", "- [1:02:03] Questions", "Questions 1:02:03".
///
/// YouTube's own rule (its help page "Video chapters"): at least three, the first at 0:00, each later than the one before.
enum DescriptionChapters {
    /// - Parameter duration: seconds of the recording.
    static func read(_ description: String, duration: Double) -> Chapters? {
        var starts: [(start: Double, title: String)] = []
        for line in description.split(whereSeparator: \.isNewline) {
            guard let chapter = chapter(line) else { continue }
            if let last = starts.last {
                guard chapter.start > last.start else { return nil }
            } else if chapter.start != 0 {
                // "at 12:30 we had lunch" is no list of chapters; it may begin further down.
                continue
            }
            starts.append(chapter)
        }
        return starts.count >= 3 ? Chapters(source: .description, starts: starts, duration: duration) : nil
    }

    /// A line that begins or ends with a time stamp.
    private static func chapter(_ line: Substring) -> (start: Double, title: String)? {
        let line = line.drop(while: isFrame)
        let words = line.split(whereSeparator: \.isWhitespace)
        guard let first = words.first, let last = words.last else { return nil }
        if let start = seconds(first.trimming(isFrame)) { return titled(start, line.dropFirst(first.count)) }
        if let start = seconds(last.trimming(isFrame)) { return titled(start, line[..<last.startIndex]) }
        return nil
    }

    private static func titled(_ start: Double, _ rest: Substring) -> (start: Double, title: String)? {
        // A bracket belongs to the title unless it stood around the time.
        let title = rest.trimming { isFrame($0) && !"()[]".contains($0) }
        return title.isEmpty ? nil : (start, String(title))
    }

    /// What people set around a time stamp, and between it and the title.
    private static func isFrame(_ character: Character) -> Bool { character.isWhitespace || "-–—:|•*·()[]".contains(character) }

    /// `1:02:03` and `2:03`.
    private static func seconds(_ text: Substring) -> Double? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts.allSatisfy({ (1...2).contains($0.count) && $0.allSatisfy(\.isASCIIDigit) }),
            parts.dropFirst().allSatisfy({ $0.count == 2 && $0 < "60" })
        else { return nil }
        return parts.reduce(0) { $0 * 60 + (Double($1) ?? 0) }
    }
}

extension Substring {
    /// Without what belongs to the frame at both ends.
    fileprivate func trimming(_ isFrame: (Character) -> Bool) -> Substring {
        var text = drop(while: isFrame)
        while let last = text.last, isFrame(last) { text.removeLast() }
        return text
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
