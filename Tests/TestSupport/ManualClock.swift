import SpoolFiles
import Synchronization

/// A clock that stands still until it is put forward.
public final class ManualClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_764_062_000_000))

    public init() {}

    @Sendable public func read() -> Timestamp { time.withLock { $0 } }
    public func advance(_ seconds: Double) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}
