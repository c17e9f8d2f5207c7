import SpoolFiles

/// Whether a site may be asked. Opens when the site blocks us, lets one job through when its time is over, and closes
/// when that one succeeds.
public struct SiteBreaker: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        case closed
        /// Nobody asks before `until`.
        case open(until: Timestamp)
        /// One job was let through to try; the others wait until it has an answer, or until the time given.
        case trying(until: Timestamp)
    }

    public let site: String
    public var state: State = .closed
    /// Blocks in a row; the pause doubles with each.
    public var strikes = 0
    public var reason: String?

    /// Seconds of the first pause.
    public static let firstPause = 15.0 * 60
    /// Seconds of the longest pause.
    public static let longestPause = 60.0 * 60
    /// Seconds that a lone try may take before another job is let through.
    static let tryTime = 10.0 * 60

    public init(site: String) {
        self.site = site
    }

    /// The site blocked a job. Returns the time before which no other job asks.
    public mutating func blocked(at now: Timestamp, reason: String) -> Timestamp {
        let pause = min(Self.firstPause * Double(1 << min(strikes, 8)), Self.longestPause)
        let until = now.adding(seconds: pause)
        // Jobs that were under way when it opened report the same block: one strike for all of them.
        if case .open(let earlier) = state, now < earlier { return earlier }
        strikes += 1
        state = .open(until: until)
        self.reason = reason
        return until
    }

    /// The site answered a job. One that was under way when the breaker opened does not close it.
    public mutating func succeeded(at now: Timestamp) {
        if case .open(let until) = state, now < until { return }
        state = .closed
        strikes = 0
        reason = nil
    }

    /// May a job ask now? If not, the time at which to look again.
    public mutating func admit(at now: Timestamp) -> Timestamp? {
        switch state {
        case .closed: return nil
        case .open(let until) where now < until, .trying(let until) where now < until: return until
        case .open, .trying:
            state = .trying(until: now.adding(seconds: Self.tryTime))
            return nil
        }
    }
}
