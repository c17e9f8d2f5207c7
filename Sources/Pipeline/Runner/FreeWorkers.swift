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
