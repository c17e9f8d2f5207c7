import Synchronization
import Watcher

/// The jobs whose stages run now, so that one can be told to stop and waited for.
public final class RunningJobs: Sendable {
    private struct Run {
        let stop: Doorbell
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private struct State {
        var runs: [String: Run] = [:]
        /// Told to stop between their claim and their beginning.
        var stoppedEarly: Set<String> = []
    }

    private let state = Mutex(State())

    public init() {}

    /// A stage of the job begins.
    /// - Returns: what rings when it is to stop; `nil` if it was told so before it began.
    func enter(_ jobID: String) -> Doorbell? {
        state.withLock { state in
            guard state.stoppedEarly.remove(jobID) == nil else { return nil }
            let bell = Doorbell()
            state.runs[jobID] = Run(stop: bell)
            return bell
        }
    }

    /// The stage has ended, and its outcome is written.
    func leave(_ jobID: String) {
        let waiting = state.withLock { $0.runs.removeValue(forKey: jobID)?.waiting ?? [] }
        for continuation in waiting { continuation.resume() }
    }

    /// Stops the stage of a job that was running when it was cancelled in the store, and waits until it has ended.
    func stop(_ jobID: String) async {
        await withCheckedContinuation { continuation in
            let (bell, isWaiting) = state.withLock { state -> (Doorbell?, Bool) in
                guard state.runs[jobID] != nil else {
                    // Claimed, but not yet begun: it never will.
                    state.stoppedEarly.insert(jobID)
                    return (nil, false)
                }
                state.runs[jobID]?.waiting.append(continuation)
                return (state.runs[jobID]?.stop, true)
            }
            bell?.ring()
            if !isWaiting { continuation.resume() }
        }
    }
}
