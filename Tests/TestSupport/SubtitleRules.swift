import Foundation

/// Reads a SubRip file by itself, knowing nothing of how it was made, and names every cue that breaks a rule of subtitles.
public struct SubtitleRules: Sendable {
    public var maxLines = 2
    public var maxLineLength = 42
    public var minDuration = 1.0
    public var maxDuration = 7.0
    public var maxRate = 20.0
    public var minGap = 0.08

    public init() {}

    public struct Cue: Sendable {
        public let start: Double
        public let end: Double
        public let lines: [String]
    }

    public struct Unreadable: Error { let line: String }

    public static func cues(_ subRip: String) throws -> [Cue] {
        try subRip.components(separatedBy: "\n\n").filter { !$0.isEmpty }.enumerated().map { index, block in
            let lines = block.components(separatedBy: "\n").filter { !$0.isEmpty }
            guard lines.count >= 3, lines[0] == "\(index + 1)", let arrow = lines[1].range(of: " --> "),
                let start = seconds(lines[1][..<arrow.lowerBound]), let end = seconds(lines[1][arrow.upperBound...])
            else { throw Unreadable(line: block) }
            return Cue(start: start, end: end, lines: Array(lines[2...]))
        }
    }

    private static func seconds(_ text: Substring) -> Double? {
        guard let match = text.wholeMatch(of: /(\d{2,}):(\d\d):(\d\d),(\d{3})/) else { return nil }
        return Double(match.1)! * 3600 + Double(match.2)! * 60 + Double(match.3)! + Double(match.4)! / 1000
    }

    /// What is wrong, each with the number of its cue from 1; nothing if all is well.
    public func violations(_ subRip: String) throws -> [String] {
        let cues = try Self.cues(subRip)
        var found: [String] = []
        // Times are written in whole milliseconds.
        let grain = 0.0015
        for (index, cue) in cues.enumerated() {
            func add(_ what: String) { found.append("cue \(index + 1), \(cue.lines.joined(separator: " / ")): \(what)") }
            let length = cue.end - cue.start
            // Marks of direction have no width.
            let visible = cue.lines.map { $0.filter { !"\u{200E}\u{200F}".contains($0) } }
            if visible.count > maxLines { add("\(visible.count) lines") }
            if let long = visible.first(where: { $0.count > maxLineLength }) { add("a line of \(long.count) characters") }
            if length < minDuration - grain { add("stands \(length) s") }
            if length > maxDuration + grain { add("stands \(length) s") }
            let rate = Double(visible.joined(separator: " ").count) / max(length, 0.001)
            if rate > maxRate + 0.1 { add("\(rate) characters a second") }
            if index > 0 {
                let gap = cue.start - cues[index - 1].end
                if gap < -grain {
                    add("overlaps the one before it")
                } else if gap < minGap - grain {
                    add("\(gap) s behind the one before it")
                }
            }
        }
        return found
    }
}
