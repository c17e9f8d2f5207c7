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
    /// Seconds for which a site's own wish is heeded at most.
    public static let longestWish = 24.0 * 60 * 60
    /// Seconds that a lone try may take before another job is let through.
    static let tryTime = 10.0 * 60

    public init(site: String) {
        self.site = site
    }

    /// The site blocked a job.
    /// - Parameter wish: when the site itself says that it may be asked again (`Retry-After`, RFC 9110, section 10.2.3); heeded for a
    ///   day at most, and never to ask it sooner.
    /// - Returns: the time before which no other job asks.
    public mutating func blocked(at now: Timestamp, reason: String, wish: Timestamp? = nil) -> Timestamp {
        let wish = min(wish ?? now, now.adding(seconds: Self.longestWish))
        let until: Timestamp
        if case .open(let earlier) = state, now < earlier {
            // Jobs that were under way when it opened report the same block: one strike for all of them.
            until = max(earlier, wish)
        } else {
            let pause = min(Self.firstPause * Double(1 << min(strikes, 8)), Self.longestPause)
            until = max(now.adding(seconds: pause), wish)
            strikes += 1
            self.reason = reason
        }
        state = .open(until: until)
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
