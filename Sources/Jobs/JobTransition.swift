import SpoolFiles

/// Everything that can happen to a job. Pure: it changes a value, and the store makes the change durable under a guard.
///
/// `docs/job-lifecycle.md` has the diagram.
public enum JobTransition: Sendable, Hashable {
    /// A lane takes it: the stage runs.
    case start(Job.Lease)
    /// The running stage is done; `next` waits for its lane.
    case finishStage(next: JobState)
    /// All is done and published.
    case complete
    /// A try failed and was counted; another follows at the given time.
    case retry(Failure, at: Timestamp)
    /// Waits without a try counted: a blocked site, a premiere, a local lack.
    case postpone(Failure, until: Timestamp)
    /// A list that is followed was looked at, and is looked at again.
    case rest(until: Timestamp, reason: String)
    case fail(Failure)
    /// A user does not want it any more; `drop` is the control drop that says so.
    case cancel(by: String, drop: String)
    /// The daemon stops: back in line, nothing counted.
    case interrupt
    /// The daemon or its child died in this stage. The third time at the same point of progress fails the job.
    case crash(Failure)
    /// Its time has come: from `pending` or `retrying` into the line.
    case enqueue
    /// A user asks again for an ended job: first in line, from the stage that failed.
    case retryByHand(drop: String)

    /// How many crashes in a row at one point of progress a job survives: one less than this.
    public static let crashLimit = 3
    /// How often a user may retry one job.
    public static let manualRetryLimit = 10

    /// Applies the transition.
    /// - Throws: `JobsError.notAllowed` if the job's state does not allow it; the job is then unchanged.
    public func apply(to job: inout Job, at now: Timestamp) throws(JobsError) {
        guard isAllowed(for: job) else {
            throw .notAllowed(transition: name, jobID: job.id, state: job.state, stageState: job.stageState)
        }
        job.updatedAt = now
        switch self {
        case .start(let lease):
            job.state = job.stage
            job.stageState = .running
            job.waitingLane = nil
            job.lease = lease
            job.waitReason = nil
            job.startedAt = job.startedAt ?? now
            job.progress = max(job.progress, StageProgress.range(of: job.stage).lowerBound)
        case .finishStage(let next):
            job.stage = next
            job.progress = StageProgress.range(of: next).lowerBound
            job.failure = nil
            job.interruptions = 0
            job.interruptedProgress = nil
            wait(&job)
        case .complete:
            end(&job, .completed, at: now)
            job.progress = 100
            job.failure = nil
        case .retry(let failure, let time):
            job.state = .retrying
            job.retryCount += 1
            leaveLine(&job)
            job.notBefore = time
            job.failure = failure
            job.waitReason = "tries again after: \(failure.message)"
        case .postpone(let failure, let time):
            job.state = .pending
            leaveLine(&job)
            job.notBefore = time
            job.failure = failure
            job.waitReason = failure.description
        case .rest(let time, let reason):
            rest(&job, until: time, reason)
            job.failure = nil
        case .fail(let failure): fail(&job, failure, at: now)
        case .cancel(let user, let drop):
            end(&job, .cancelled, at: now)
            job.touchedBy = drop
            job.waitReason = "cancelled by \(user)"
        case .interrupt:
            wait(&job)
            job.waitReason = "It was interrupted when the daemon stopped, and goes on from there when it is its turn"
        case .crash(let failure):
            job.interruptions = job.interruptedProgress == job.progress ? job.interruptions + 1 : 1
            job.interruptedProgress = job.progress
            if job.interruptions >= Self.crashLimit {
                fail(
                    &job,
                    Failure(
                        .permanent, "crash_loop",
                        "\(job.state.label) crashed \(Self.crashLimit) times in a row at the same point: \(failure.message)",
                        hint: "The file is probably damaged or hostile; others go on. Try a fresh copy of it"), at: now)
            } else {
                wait(&job)
            }
        case .enqueue:
            job.state = .queued
            job.notBefore = nil
            job.waitReason = nil
            job.waitingLane = Lane(for: job.stage, of: job)
        case .retryByHand(let drop):
            // What the stages of a cancelled job had left was taken away with it.
            if job.state == .cancelled {
                job.stage = job.origin == .reprocess ? .extractingAudio : .downloading
                job.progress = 0
                // Which video it is, its first stage finds out anew: another job may have taken it meanwhile.
                if job.origin == .drop { job.videoID = nil }
            }
            job.state = .queued
            job.touchedBy = drop
            job.priority = 1
            job.manualRetryCount += 1
            job.retryCount = 0
            job.interruptions = 0
            job.interruptedProgress = nil
            job.startedAt = nil
            job.endedAt = nil
            job.failure = nil
            job.waitReason = nil
            job.waitingLane = Lane(for: job.stage, of: job)
        }
    }

    private func isAllowed(for job: Job) -> Bool {
        let running = job.state.isStage && job.stageState == .running
        return switch self {
        case .start: job.state == .queued || job.state.isStage && job.stageState == .waiting
        case .finishStage(let next): running && next.isStage
        case .complete, .rest, .retry, .interrupt, .crash: running
        case .postpone, .fail: running || job.state == .queued || job.state.isStage && job.stageState == .waiting
        case .cancel: !job.state.hasEnded
        case .enqueue: job.state == .pending || job.state == .retrying
        case .retryByHand:
            (job.state == .failed || job.state == .cancelled) && job.manualRetryCount < Self.manualRetryLimit
        }
    }

    private func fail(_ job: inout Job, _ failure: Failure, at now: Timestamp) {
        // A list that is followed stays in force.
        if job.list != nil, let follow = job.spec.follow {
            rest(&job, until: now.adding(seconds: follow.seconds), "the last look failed: \(failure.description)")
        } else {
            end(&job, .failed, at: now)
        }
        job.failure = failure
    }

    /// Until its next look, with all its tries.
    private func rest(_ job: inout Job, until time: Timestamp, _ reason: String) {
        job.state = .pending
        leaveLine(&job)
        job.notBefore = time
        job.waitReason = reason
        job.retryCount = 0
        job.interruptions = 0
        job.interruptedProgress = nil
    }

    private func wait(_ job: inout Job) {
        job.state = job.stage
        job.stageState = .waiting
        job.lease = nil
        job.waitingLane = Lane(for: job.stage, of: job)
    }

    private func leaveLine(_ job: inout Job) {
        job.stageState = nil
        job.waitingLane = nil
        job.lease = nil
    }

    private func end(_ job: inout Job, _ state: JobState, at now: Timestamp) {
        job.state = state
        leaveLine(&job)
        job.notBefore = nil
        job.waitReason = nil
        job.endedAt = now
    }

    /// How the run of a stage that was under way ended, for its attempt; `nil` if the transition ends none.
    var attemptOutcome: (outcome: String, failure: Failure?)? {
        switch self {
        case .finishStage, .complete, .rest: ("done", nil)
        case .retry(let failure, _), .postpone(let failure, _), .fail(let failure): ("failed", failure)
        case .cancel: ("cancelled", nil)
        case .interrupt: ("interrupted", nil)
        case .crash(let failure): ("interrupted", failure)
        case .start, .enqueue, .retryByHand: nil
        }
    }

    private var name: String {
        switch self {
        case .start: "start"
        case .finishStage: "finish its stage"
        case .complete: "complete"
        case .retry: "retry"
        case .postpone: "wait"
        case .rest: "wait for its next look"
        case .fail: "fail"
        case .cancel: "be cancelled"
        case .interrupt: "be interrupted"
        case .crash: "crash"
        case .enqueue: "be queued"
        case .retryByHand: "be retried by hand"
        }
    }
}
