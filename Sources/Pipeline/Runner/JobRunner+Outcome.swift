import Jobs
import Logging
import SpoolFiles
import Watcher

extension JobRunner {
    /// What follows from how a stage ended: `nil` is well.
    func transition(after failure: StageFailure?, of job: Job) async throws -> JobTransition {
        if Lane(for: job.state, of: job) == .network, job.recording == nil, Self.isAnswer(failure) {
            try await store.siteAnswered(job.site)
        }
        switch failure {
        case nil:
            return StageSequence.next(after: job.state).map { .finishStage(next: $0) } ?? .complete
        case .interrupted: return .interrupt
        case .alreadyThere(let twin, let videoID):
            try await store.note(
                videoID: videoID, title: nil, warnings: ["the video was there already, made by job \(twin): nothing was worked on twice"],
                of: job.id)
            return .complete
        case .isList(let list):
            let transition = try await expander.expand(list, of: job, maxItems: job.spec.maxItems ?? settings.sites.maxItems)
            bell.ring()
            return transition
        case .crashed(let failure): return .crash(failure)
        case .failed(let failure):
            var opens: Timestamp?
            if failure.class == .blocked, job.state == .transcribing {
                // It is the server that hears for us, not the video's site, that asks to be left alone.
                let until = max(failure.notBefore ?? .now(), await store.now().adding(seconds: 1))
                opens = until
                try await rest(job.state, seconds: until.seconds(since: await store.now()), failure)
            } else if failure.class == .blocked {
                opens = try await store.siteBlocked(job.site, reason: SiteManners.reason(failure, of: job), wish: failure.notBefore)
                if let opens {
                    logger.warning("a site is left alone: \(failure)", metadata: ["site": "\(job.site)", "until": "\(opens.rfc3339)"])
                }
            }
            if failure.class == .local { try await rest(job.state, seconds: settings.retry.localPause, failure) }
            return settings.retry.transition(
                after: failure, of: job, at: await store.now(), siteOpens: opens, random: Double.random(in: 0...1))
        }
    }

    /// Lets a stage rest for all jobs: what is in its way is not theirs.
    private func rest(_ stage: JobState, seconds: Double, _ failure: Failure) async throws {
        logger.warning("a stage rests: \(failure)", metadata: ["stage": "\(stage.rawValue)", "seconds": "\(Int(seconds.rounded(.up)))"])
        try await store.pauseStage(stage, seconds: seconds, reason: failure.description)
    }

    /// The site is there and talks to us; a refusal is an answer too.
    private static func isAnswer(_ failure: StageFailure?) -> Bool {
        switch failure {
        case nil, .alreadyThere, .isList: true
        // Of these the site knows nothing.
        case .failed(let failure) where ["address_refused", "bad_url"].contains(failure.code): false
        case .failed(let failure): failure.class == .permanent || failure.class == .notYet
        case .interrupted, .crashed: false
        }
    }
}
