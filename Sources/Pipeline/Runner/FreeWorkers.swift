import Jobs
import Synchronization

/// How many workers of each lane have nothing to do.
final class FreeWorkers: Sendable {
    private let counts: Mutex<[Lane: Int]>

    init(_ sizes: [Lane: Int]) { counts = Mutex(sizes) }

    func count(_ lane: Lane) -> Int { counts.withLock { $0[lane] ?? 0 } }
    func take(_ lane: Lane) { counts.withLock { $0[lane, default: 0] -= 1 } }
    func giveBack(_ lane: Lane) { counts.withLock { $0[lane, default: 0] += 1 } }
}

extension Task where Success == Never, Failure == Never {
    /// Runs something short to its end although the caller is cancelled.
    static func uncancelled<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await Task<Value, any Error> { try await body() }.value
    }
}
