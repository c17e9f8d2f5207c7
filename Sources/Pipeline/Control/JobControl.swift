import Jobs
import SpoolFiles
import SystemPackage

/// Retries and cancels jobs for their users.
struct JobControl: Sendable {
    let store: any JobStore & VideoStore
    let folders: JobFolders
    let running: RunningJobs
    let ownership: Ownership
    let jobsArrived: @Sendable () -> Void
    let changed: @Sendable () -> Void

    // MARK: Retry

    func retry(_ subject: Subject, _ target: ControlOrder.Target, _ claim: Claim, _ answer: inout ControlAnswer) async throws {
        let jobs: [Job] =
            switch subject {
            case .job(let job): [job]
            // Of several runs for one video the last counts.
            case .video(_, _, let jobs): Array(jobs.suffix(1))
            case .drop(_, let jobs): jobs
            case .ambiguous: []
            }
        // Of a long drop those that went well need no word.
        let wanted = jobs.count > 1 ? jobs.filter { $0.state == .failed || $0.state == .cancelled || $0.touchedBy == claim.dropID } : jobs
        guard !wanted.isEmpty else {
            answer.refuse(target, jobs.isEmpty ? "it made no jobs" : "none of its \(jobs.count) jobs has failed or was cancelled", nil)
            return
        }
        for job in wanted { try await retry(job, target, claim, &answer) }
        jobsArrived()
    }

    private func retry(_ found: Job, _ target: ControlOrder.Target, _ claim: Claim, _ answer: inout ControlAnswer) async throws {
        // As it is now: a drop may name it twice.
        let job = try await store.details(of: found.id)?.job ?? found
        let action = Receipt.Action(target: target.text, action: .retried, jobID: job.id, videoID: job.videoID)
        // Begun again after a crash: it was retried, whatever became of it since.
        if job.touchedBy == claim.dropID { return answer.actions.append(action) }
        if let refusal = ownership.refusal(claim.userID, mayNot: ControlOrder.Wish.retry.verb, target.text, of: job.userID) {
            return answer.refused.append(refusal)
        }
        if job.deletedAt != nil { return answer.refuse(target, "job \(job.id) is in the trash", Self.restoreHint) }
        guard job.state == .failed || job.state == .cancelled else {
            return answer.refuse(
                target, "job \(job.id) is \(job.state.label): only a job that has failed or was cancelled can be retried",
                job.state == .completed
                    ? "To transcribe it again drop its name into reprocess/; to fetch it again drop the link with {\"force\": true}" : nil)
        }
        guard job.manualRetryCount < JobTransition.manualRetryLimit else {
            return answer.refuse(
                target, "job \(job.id) was retried \(JobTransition.manualRetryLimit) times already",
                "Find out why it fails (its status.json has every attempt), then drop the link or recording anew")
        }
        do {
            let details = try await store.apply(.retryByHand(drop: claim.dropID), to: job.id, from: job.state)
            try folders.follow(details, from: folders.path(of: job))
            answer.actions.append(action)
            changed()
        } catch let error as JobsError {
            answer.refuse(target, error.description, "Try again")
        }
    }

    static let restoreHint = "Restore it first: drop {\"deleted\": false} under its name into update/"

    // MARK: Cancel

    func cancel(_ subject: Subject, _ target: ControlOrder.Target, _ claim: Claim, _ answer: inout ControlAnswer) async throws {
        guard let subject = Self.ownJobs(of: subject, target, &answer) else { return }
        let jobs: [Job] =
            switch subject {
            case .job(let job): [job]
            case .video(_, _, let jobs), .drop(_, let jobs): jobs
            case .ambiguous: []
            }
        let wanted = jobs.filter { !$0.state.hasEnded || $0.touchedBy == claim.dropID }
        guard !wanted.isEmpty else {
            let state =
                jobs.count == 1 ? "job \(jobs[0].id) is \(jobs[0].state.label) already" : "none of its \(jobs.count) jobs is under way"
            answer.refuse(target, state, jobs.contains { $0.state == .completed } ? "To remove the result drop its name into delete/" : nil)
            return
        }
        let allowed = wanted.filter { job in
            let refusal = ownership.refusal(claim.userID, mayNot: ControlOrder.Wish.cancel.verb, target.text, of: job.userID)
            if let refusal { answer.refused.append(refusal) }
            return refusal == nil
        }
        var cancelled: [String: Receipt.Action] = [:]
        // Those that wait come first: whenever a stage is stopped, its worker takes the next in line.
        for job in allowed where job.stageState != .running {
            cancelled[job.id] = try await cancel(job, by: claim.userID, dropID: claim.dropID, target: target.text)
        }
        // The others all at once: each may take its time to stop.
        try await withThrowingTaskGroup(of: (String, Receipt.Action?).self) { group in
            for job in allowed where job.stageState == .running {
                group.addTask { (job.id, try await cancel(job, by: claim.userID, dropID: claim.dropID, target: target.text)) }
            }
            for try await (jobID, action) in group { cancelled[jobID] = action }
        }
        for job in allowed {
            if let action = cancelled[job.id] {
                answer.actions.append(action)
            } else {
                answer.refuse(target, "job \(job.id) ended before it could be cancelled", nil)
            }
        }
    }

    /// What may be cancelled or deleted under a name: of a drop only the jobs that it made, not those that were there already.
    /// - Returns: `nil` if it made none; the answer then says which there were.
    static func ownJobs(of subject: Subject, _ target: ControlOrder.Target, _ answer: inout ControlAnswer) -> Subject? {
        guard case .drop(let drop, let jobs) = subject else { return subject }
        let own = jobs.filter { $0.dropID == drop.id }
        if own.isEmpty, let other = jobs.first {
            answer.refuse(
                target, "this drop made no job: what it asked for was there already, as job \(other.id) of the drop \(other.drop)",
                "Name that job, or its video, if you mean it")
            return nil
        }
        return .drop(drop, jobs: own)
    }

    /// Ends a job that has not ended, with its stage and all that it started, and takes its partial files away.
    /// - Returns: `nil` if it ended by itself meanwhile.
    func cancel(_ job: Job, by user: String, dropID: String, target: String) async throws -> Receipt.Action? {
        var action = Receipt.Action(target: target, action: .cancelled, jobID: job.id, videoID: job.videoID)
        // It may move on while we look: each time it is cancelled from where it is.
        while let now = try await store.details(of: job.id)?.job {
            if now.state == .cancelled, now.touchedBy == dropID {
                // By an earlier try that was cut off: its folder may not have followed.
                if let details = try await store.details(of: job.id) { try folders.follow(details, from: nil) }
                return action
            }
            if now.state.hasEnded { return nil }
            do {
                let details = try await store.apply(.cancel(by: user, drop: dropID), to: job.id, from: now.state)
                // Its stage ran at that moment: the attempt ended with it.
                if let last = details.attempts.last, last.outcome == "cancelled", last.endedAt == details.job.endedAt {
                    await running.stop(StageRun(details))
                }
                try folders.follow(details, from: folders.path(of: now))
                action.note =
                    switch now.stageState {
                    case .running?: "it was \(now.state.label) at \(Int(now.progress)) %"
                    case .waiting?: "it waited for its turn at \(now.state.label)"
                    case nil: "it was \(now.state.label)"
                    }
                changed()
                return action
            } catch JobsError.movedByAnother {
                continue
            }
        }
        return nil
    }
}
