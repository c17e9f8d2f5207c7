/// Decides when a file is whole. Pure: it is told what was seen and when, and says what is due.
///
/// Times are seconds on any clock that only moves forward.
struct SettledFileTracker<Name: Hashable & Sendable>: Sendable {
    /// What a look at a file showed.
    struct Look: Sendable, Hashable {
        var size: Int64
        var modified: Int64
    }

    private struct Candidate {
        var due: Double
        var look: Look?
    }

    /// Seconds for which a file must stand still.
    let quiet: Double
    private var candidates: [Name: Candidate] = [:]

    init(quiet: Double) {
        self.quiet = quiet
    }

    /// A hint: something was written or appeared. The time starts anew.
    mutating func touched(_ name: Name, at now: Double) {
        candidates[name] = Candidate(due: now + quiet, look: nil)
    }

    /// A scan saw the file. The time starts anew if it has changed since the last look.
    mutating func seen(_ name: Name, _ look: Look, at now: Double) {
        guard let known = candidates[name] else {
            candidates[name] = Candidate(due: now + quiet, look: look)
            return
        }
        if known.look == nil {
            candidates[name]?.look = look
        } else if known.look != look {
            candidates[name] = Candidate(due: now + quiet, look: look)
        }
    }

    /// The file is gone, taken, or waits for a later hint.
    mutating func forget(_ name: Name) {
        candidates[name] = nil
    }

    /// Names whose time is over, with what the first look since their last change showed. They are forgotten; a later hint
    /// or scan brings them back.
    mutating func takeDue(at now: Double) -> [(name: Name, look: Look?)] {
        let due = candidates.filter { $0.value.due <= now }
        for name in due.keys { candidates[name] = nil }
        return due.map { ($0.key, $0.value.look) }
    }

    /// When to look for due names next; `nil` if nothing is waited for.
    var nextDue: Double? { candidates.values.map(\.due).min() }
}
