import Jobs
import SpoolFiles
import Watcher

extension JobRunner {
    /// What follows from how a stage ended: `nil` is well.
    func transition(after failure: StageFailure?, of job: Job) async throws -> JobTransition {
        // Of the pages of video sites each call tells (`SiteManners`).
        if job.state == .downloading, job.recording == nil, job.politeSite == nil, Self.isAnswer(failure) {
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
            if failure.class == .blocked {
                // The others wait for the site, whichever video it was that it was asked for.
                let reason = failure.description.replacing("\(job.url ?? ""): ", with: "")
                opens = try await store.siteBlocked(job.site, reason: reason)
                if let asked = failure.notBefore { opens = opens.map { max($0, asked) } }
            }
            if failure.class == .local {
                try await store.pauseStage(job.state, seconds: settings.retry.localPause, reason: failure.description)
            }
            let now = await store.now()
            let transition = settings.retry.transition(
                after: failure, of: job, at: now, siteOpens: opens, random: Double.random(in: 0...1))
            // A list that is followed stays in force: it is looked at again at its time.
            if case .fail(let failure) = transition, job.list != nil, let follow = job.spec.follow {
                return .postpone(failure, until: now.adding(seconds: follow.seconds))
            }
            return transition
        }
    }

    /// The site is there and talks to us; a refusal is an answer too.
    private static func isAnswer(_ failure: StageFailure?) -> Bool {
        switch failure {
        case nil, .alreadyThere, .isList: true
        case .failed(let failure): failure.class == .permanent || failure.class == .notYet
        case .interrupted, .crashed: false
        }
    }
}
