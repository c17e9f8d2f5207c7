import SpoolFiles

/// A list of links: one a line, `#` begins a comment line, blank lines are fine.
enum URLListParser {
    static func parse(_ text: String) -> ParsedDrop {
        var drop = ParsedDrop()
        for (index, line) in TextDecoding.lines(text).enumerated() {
            let line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            drop.add(address: line, line: index + 1)
        }
        if drop.jobs.isEmpty, drop.refused.isEmpty {
            return .refused("there is no link in it", "Put one link on each line, for example https://example.org/talk.mp4")
        }
        return drop
    }
}
