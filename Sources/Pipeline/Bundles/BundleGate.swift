import Synchronization

/// Lets one at a time change bundles and what follows them: their records, the copies in `results/`, the trash. Whoever looks at a
/// bundle and then writes, holds the gate for both, so that nothing is deleted, edited or replaced in between.
///
/// Those who wait pass in the order in which they came. What is done inside must not wait for a stage: a publishing one waits here.
public final class BundleGate: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    public init() {}

    func pass<Value: Sendable, Reason: Error>(_ body: () async throws(Reason) -> Value) async throws(Reason) -> Value {
        await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.isTaken else {
                    state.isTaken = true
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave() {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }?.resume()
    }
}
