import Jobs
import Synchronization
import Watcher

/// The jobs whose stages run now, so that one can be told to stop and waited for.
public final class RunningJobs: Sendable {
    private struct Run {
        let stop: Doorbell
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private struct State {
        var runs: [StageRun: Run] = [:]
        /// Told to stop between their claim and their beginning.
        var stoppedEarly: Set<StageRun> = []
    }

    private let state = Mutex(State())

    public init() {}

    /// A stage of the job begins.
    /// - Returns: what rings when it is to stop; `nil` if it was told so before it began.
    func enter(_ run: StageRun) -> Doorbell? {
        state.withLock { state in
            guard state.stoppedEarly.remove(run) == nil else { return nil }
            let bell = Doorbell()
            state.runs[run] = Run(stop: bell)
            return bell
        }
    }

    /// Whether a stage of the job runs here.
    func contains(jobID: String) -> Bool { state.withLock { $0.runs.keys.contains { $0.jobID == jobID } } }

    /// The stage has ended, and its outcome is written.
    func leave(_ run: StageRun) {
        let waiting = state.withLock { $0.runs.removeValue(forKey: run)?.waiting ?? [] }
        for continuation in waiting { continuation.resume() }
    }

    /// Stops the stage of a job that was running when it was cancelled in the store, and waits until it has ended.
    func stop(_ run: StageRun) async {
        await withCheckedContinuation { continuation in
            let (bell, isWaiting) = state.withLock { state -> (Doorbell?, Bool) in
                guard state.runs[run] != nil else {
                    // Claimed, but not yet begun: it never will.
                    state.stoppedEarly.insert(run)
                    return (nil, false)
                }
                state.runs[run]?.waiting.append(continuation)
                return (state.runs[run]?.stop, true)
            }
            bell?.ring()
            if !isWaiting { continuation.resume() }
        }
    }
}

/// One run of one stage of a job: the next one of the same job is another.
struct StageRun: Hashable, Sendable {
    let jobID: String
    /// Its place among the job's attempts.
    private let attempt: Int

    /// - Parameter details: as they were when the run was claimed, or when it was cancelled.
    init(_ details: JobDetails) {
        jobID = details.job.id
        attempt = details.attempts.count
    }
}
