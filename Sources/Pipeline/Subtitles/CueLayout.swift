import SpoolFiles

/// One subtitle: up to two lines that stand on the screen together.
struct Cue: Sendable, Hashable {
    /// Seconds.
    var start: Double
    var end: Double
    var lines: [String]
}

/// Lays words out as subtitles: of all ways to cut them into cues that keep the rules, the one that reads best.
struct CueLayout: Sendable {
    var rules = CueRules()
    /// Names of speakers by their labels.
    var names: [String: String] = [:]

    func cues(for transcript: Transcript) -> [Cue] {
        let rules = rules.adapted(to: transcript.language)
        let units = CueUnit.all(of: transcript, names: names, limit: rules.maxLineLength)
        let cut = Cut(units: units, rules: rules, end: transcript.duration)
        return (cuesOfPerson(transcript) ?? cut.timed(cut.best())).map { cue in
            guard CueRules.isRightToLeft(transcript.language) else { return cue }
            var marked = cue
            // A number or a Latin word at its border would turn the line around: marks without width hold it.
            marked.lines = cue.lines.map { "\u{200F}\($0)\u{200F}" }
            return marked
        }
    }
}

extension CueLayout {
    /// What a person has cut stays as it is; only the names of speakers may have changed. `nil` if not all of it was cut.
    private func cuesOfPerson(_ transcript: Transcript) -> [Cue]? {
        guard !transcript.segments.isEmpty, transcript.segments.allSatisfy({ $0.cues?.isEmpty == false }) else { return nil }
        var speaker: String?
        return transcript.segments.flatMap { segment -> [Cue] in
            var cues = (segment.cues ?? []).map { Cue(start: $0.start, end: $0.end, lines: $0.lines) }
            if let label = segment.speaker, label != speaker, !cues[0].lines.isEmpty {
                cues[0].lines[0] = "\(names[label] ?? label): \(cues[0].lines[0])"
            }
            speaker = segment.speaker
            return cues
        }
    }
}

/// The search for the best cut of some units.
private struct Cut {
    let units: [CueUnit]
    let rules: CueRules
    /// Seconds at which the recording ends.
    let end: Double

    /// Characters before each unit, and behind the last.
    private let offsets: [Int]
    /// How badly a break before each unit reads.
    private let breaks: [Double]

    private static let forbidden = 1e6

    init(units: [CueUnit], rules: CueRules, end: Double) {
        self.units = units
        self.rules = rules
        self.end = max(end, units.last?.end ?? 0)
        var sum = 0
        offsets =
            [0]
            + units.map { unit in
                sum += unit.length + (unit.hasSpace ? 1 : 0)
                return sum
            }
        breaks = units.indices.map { $0 == 0 ? 0 : LineBreaks.cost(between: units[$0 - 1], and: units[$0]) }
    }

    /// Characters of a line of units, without the space before the first.
    private func length(_ range: Range<Int>) -> Int {
        offsets[range.upperBound] - offsets[range.lowerBound] - (units[range.lowerBound].hasSpace ? 1 : 0)
    }

    /// The ranges of units that make the cues, by dynamic programming from the last unit back.
    func best() -> [Range<Int>] {
        var cost = Array(repeating: 0.0, count: units.count + 1)
        var next = Array(repeating: units.count, count: units.count)
        for first in units.indices.reversed() {
            cost[first] = .infinity
            var stop = first + 1
            while stop <= units.count, let own = self.cost(first..<stop) {
                let boundary = stop < units.count ? boundaryCost(before: stop) : 0
                if own + boundary + cost[stop] < cost[first] {
                    cost[first] = own + boundary + cost[stop]
                    next[first] = stop
                }
                stop += 1
            }
        }
        var ranges: [Range<Int>] = []
        var place = 0
        while place < units.count {
            ranges.append(place..<next[place])
            place = next[place]
        }
        return ranges
    }

    private func boundaryCost(before stop: Int) -> Double {
        let pause = units[stop].start - units[stop - 1].end
        return pause > 0.6 ? 0 : breaks[stop]
    }

    /// What is to be said against a cue of these units; `nil` if neither it nor a longer one is possible. One unit always is.
    private func cost(_ range: Range<Int>) -> Double? {
        let (first, last) = (units[range.lowerBound], units[range.upperBound - 1])
        guard let lines = lineCost(range) else { return range.count == 1 ? Self.forbidden : nil }
        if range.count > 1, last.end - first.start > rules.maxDuration || last.speaker != first.speaker { return nil }
        // Each cue costs something, so that there are not more than needed.
        var cost = 20 + lines
        for place in range.dropFirst() {
            let before = units[place - 1]
            let pause = units[place].start - before.end
            if pause > rules.longestPause { cost += 300 * pause }
            if breaks[place] == 0 { cost += 10 }
        }
        // What the next one can lend costs less than what nobody has.
        let lacking = timeNeeded(range) - (timeBehind(range) - first.start + timeBefore(range.lowerBound))
        if lacking > 0 { cost += 300 * min(lacking, rules.maxLag) + 2000 * max(0, lacking - rules.maxLag) }
        return cost
    }

    /// Seconds that it takes to read a cue.
    private func timeNeeded(_ range: Range<Int>) -> Double {
        min(max(rules.minDuration, Double(length(range)) / rules.maxRate), rules.maxDuration)
    }

    /// When a cue must be gone; seconds.
    private func timeBehind(_ range: Range<Int>) -> Double {
        range.upperBound < units.count ? units[range.upperBound].start - rules.minGap : end
    }

    /// Seconds by which a cue may precede its first word, whatever the one before it needs.
    private func timeBefore(_ index: Int) -> Double {
        let free = index == 0 ? units[index].start : units[index].start - units[index - 1].end - rules.minGap
        return min(max(free, 0), rules.maxLead) / 2
    }

    // MARK: Lines

    /// The best places for the ends of lines, and what is to be said against them; `nil` if the units need more lines than there may be.
    private func lineBreaks(_ range: Range<Int>, lines: Int) -> (cost: Double, ends: [Int])? {
        if length(range) <= rules.maxLineLength { return (0, []) }
        guard lines > 1 else { return nil }
        var best: (cost: Double, ends: [Int])?
        for place in range.dropFirst() {
            guard length(range.lowerBound..<place) <= rules.maxLineLength else { break }
            guard let rest = lineBreaks(place..<range.upperBound, lines: lines - 1) else { continue }
            let balance = Double(abs(length(range.lowerBound..<place) - length(place..<range.upperBound)))
            let cost = breaks[place] / 2 + balance / 2 + rest.cost
            if best == nil || cost < best!.cost { best = (cost, [place] + rest.ends) }
        }
        return best
    }

    private func lineCost(_ range: Range<Int>) -> Double? {
        guard length(range) <= rules.maxLines * (rules.maxLineLength + 1) else { return nil }
        return lineBreaks(range, lines: rules.maxLines)?.cost
    }

    private func text(_ range: Range<Int>) -> String {
        units[range].enumerated().map { $0.offset > 0 && $0.element.hasSpace ? " \($0.element.text)" : $0.element.text }.joined()
    }

    private func lines(_ range: Range<Int>) -> [String] {
        let ends = lineBreaks(range, lines: rules.maxLines)?.ends ?? []
        return zip([range.lowerBound] + ends, ends + [range.upperBound]).map { text($0..<$1) }
    }

    // MARK: Times

    /// Gives each cue time to be read where the next one leaves it, or else a little before its first word, or else at the cost of the
    /// next one's beginning; lets none overlap.
    func timed(_ ranges: [Range<Int>]) -> [Cue] {
        var cues: [Cue] = []
        for range in ranges {
            let needed = timeNeeded(range)
            let spoken = units[range.lowerBound].start
            let floor = cues.last.map { $0.end + rules.minGap } ?? 0
            var start = max(spoken, floor)
            let limit = timeBehind(range)
            if limit - start < needed { start = max(floor, min(start, max(spoken - rules.maxLead, limit - needed))) }
            let lent = range.upperBound < units.count ? rules.maxLag : 0
            var finish = min(max(units[range.upperBound - 1].end, start + needed), limit)
            if finish - start < needed { finish = min(start + needed, limit + lent) }
            let readable = Double(length(range)) / rules.maxRate
            if lent > 0, finish - start < readable { finish = min(start + readable, limit + rules.utmostLag) }
            finish = max(min(finish, start + rules.maxDuration), start + 0.001)
            cues.append(Cue(start: start, end: finish, lines: lines(range)))
        }
        return cues
    }
}
