import SpoolFiles

/// Decides what a failure does to a job, from the failure's class alone.
public struct RetryPolicy: Sendable, Hashable {
    /// Seconds before the first, second, … automatic try; the last one serves for all further tries.
    public var delays: [Double]
    /// The share by which a delay varies, so that jobs that failed together don't come back together.
    public var jitter: Double
    /// Seconds that a stage pauses after a `local` failure before it is tried again.
    public var localPause: Double
    /// Seconds before a `not_yet` video without an announced time is looked at again.
    public var lookAgain: Double
    /// Seconds after its creation at which a job gives up waiting for a `not_yet` video.
    public var patience: Double

    public init(
        delays: [Double] = [4, 16, 64], jitter: Double = 0.2, localPause: Double = 60, lookAgain: Double = 900,
        patience: Double = 7 * 86_400
    ) {
        self.delays = delays
        self.jitter = jitter
        self.localPause = localPause
        self.lookAgain = lookAgain
        self.patience = patience
    }

    /// The transition that follows a failure.
    /// - Parameters:
    ///   - siteOpens: when the job's site will be asked again, for a `blocked` failure.
    ///   - random: a number from 0 to 1 that places the delay inside the jitter.
    public func transition(
        after failure: Failure, of job: Job, at now: Timestamp, siteOpens: Timestamp?, random: Double
    ) -> JobTransition {
        switch failure.class {
        case .transient:
            guard job.retryCount < job.maxRetries else { return .fail(failure) }
            return .retry(failure, at: now.adding(seconds: delay(beforeTry: job.retryCount, random: random)))
        case .blocked:
            return .postpone(failure, until: siteOpens ?? now.adding(seconds: SiteBreaker.firstPause))
        case .notYet:
            let bound = job.createdAt.adding(seconds: patience)
            var failure = failure
            guard now < bound else {
                failure.message += ", and it was waited for since \(job.createdAt.day)"
                failure.hint = "Drop the link again when it is there"
                return .fail(failure)
            }
            let wanted = failure.notBefore ?? now.adding(seconds: lookAgain)
            // Not of a short wait for another job.
            if failure.code != "same_video" {
                failure.hint = [failure.hint, "It is waited for until \(bound.day) at the latest"].compactMap { $0 }.joined(separator: ". ")
            }
            return .postpone(failure, until: min(max(wanted, now.adding(seconds: 1)), bound))
        case .local:
            return .postpone(failure, until: now.adding(seconds: localPause))
        case .permanent:
            return .fail(failure)
        }
    }

    /// Seconds before automatic try number `index` (from 0).
    public func delay(beforeTry index: Int, random: Double) -> Double {
        guard let last = delays.last else { return 0 }
        let delay = index < delays.count ? delays[index] : last
        return delay * (1 + jitter * (2 * random - 1))
    }
}
