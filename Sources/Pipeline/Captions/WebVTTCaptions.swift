import SpoolFiles

/// WebVTT, as the W3C specifies it.
enum WebVTTCaptions {
    static func read(_ text: String) -> [Caption]? {
        guard text.hasPrefix("WEBVTT") else { return nil }
        return CueBlocks(text).compactMap { block in
            // Notes, styles and regions have no times; a cue may have a name before them.
            guard let index = block.prefix(2).firstIndex(where: { $0.contains("-->") }), let times = CaptionText.times(block[index]) else {
                return nil
            }
            return Caption(start: times.start, end: times.end, lines: CaptionText.plain(block[(index + 1)...]))
        }
    }
}

/// SubRip, as players read it: numbers and what stands behind the times do not matter.
enum SubRipCaptions {
    static func read(_ text: String) -> [Caption]? {
        let blocks = Array(CueBlocks(text))
        let captions = blocks.compactMap { block -> Caption? in
            guard let index = block.prefix(2).firstIndex(where: { $0.contains("-->") }), let times = CaptionText.times(block[index]) else {
                return nil
            }
            return Caption(start: times.start, end: times.end, lines: CaptionText.plain(block[(index + 1)...]))
        }
        return captions.isEmpty && !blocks.isEmpty ? nil : captions
    }
}

/// What of a file of subtitles is no subtitle: readers pass over it, and a person must know.
enum CaptionCheck {
    /// The first block with something in it that is not understood: its line, and how that begins.
    static func unreadable(_ text: String) -> (line: Int, text: String)? {
        let lines = TextDecoding.lines(text)
        for block in CueBlocks(text) {
            let first = block.first?.trimmed ?? ""
            // Headers, notes, styles and regions of WebVTT; a number that was left behind.
            let isMark = ["WEBVTT", "NOTE", "STYLE", "REGION", "X-TIMESTAMP-MAP"].contains { first.hasPrefix($0) }
            if isMark || block.allSatisfy({ $0.trimmed.isEmpty }) || block.count == 1 && first.allSatisfy(\.isNumber) { continue }
            guard let index = block.prefix(2).firstIndex(where: { $0.contains("-->") }), let times = CaptionText.times(block[index]),
                times.start < times.end
            else {
                let suspect = block.prefix(2).firstIndex { $0.contains("->") || $0.contains(":") } ?? block.startIndex
                return (suspect - lines.startIndex + 1, String(block[suspect].prefix(60)))
            }
        }
        return nil
    }
}

/// The blocks of a text that empty lines divide.
private struct CueBlocks: Sequence, IteratorProtocol {
    private var lines: ArraySlice<Substring>

    init(_ text: String) { lines = TextDecoding.lines(text)[...] }

    mutating func next() -> ArraySlice<Substring>? {
        lines = lines.drop(while: \.isEmpty)
        guard !lines.isEmpty else { return nil }
        // A line of white space is a line: sites set one where nothing is shown.
        let block = lines.prefix { !$0.isEmpty }
        lines = lines[block.endIndex...]
        return block
    }
}
