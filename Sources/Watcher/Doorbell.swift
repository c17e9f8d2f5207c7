import Synchronization

/// Wakes one waiting task. Rings are not counted: whoever waits looks at everything there is to do.
public final class Doorbell: Sendable {
    private struct State {
        var hasRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    public init() {}

    /// Wakes the waiting task, or lets the next wait return at once.
    public func ring() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            if state.waiter == nil { state.hasRung = true }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns at a ring, at the deadline, or when the task is cancelled. One task may wait at a time.
    public func wait(until deadline: ContinuousClock.Instant?) async {
        await withTaskCancellationHandler {
            await withTaskGroup { group in
                if let deadline {
                    group.addTask {
                        if (try? await Task.sleep(until: deadline, clock: .continuous)) != nil { self.ring() }
                    }
                }
                await waitForRing()
                group.cancelAll()
            }
        } onCancel: {
            ring()
        }
    }

    private func waitForRing() async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                precondition(state.waiter == nil, "one task waits at a doorbell at a time")
                if state.hasRung {
                    state.hasRung = false
                    return true
                }
                state.waiter = continuation
                return false
            }
            if ready { continuation.resume() }
        }
    }
}
