import SpoolFiles
import Synchronization
import Watcher

/// Takes progress from any thread as often as it comes, and passes the latest on at most once a second.
final class ProgressReporter: Sendable {
    struct Report: Sendable {
        /// 0 to 1 of the stage.
        var fraction: Double
        var work: StatusSidecar.Work?
    }

    private let latest = Mutex<Report?>(nil)
    private let bell = Doorbell()

    /// Notes how much of the stage is done.
    func report(_ fraction: Double, _ work: StatusSidecar.Work? = nil) {
        latest.withLock { $0 = Report(fraction: fraction, work: work) }
        bell.ring()
    }

    /// Passes reports on until the task is cancelled.
    func pump(_ pass: (Report) async -> Void) async {
        while !Task.isCancelled {
            await bell.wait(until: nil)
            let report = latest.withLock { latest in
                defer { latest = nil }
                return latest
            }
            guard let report, !Task.isCancelled else { continue }
            await pass(report)
            try? await Task.sleep(for: .seconds(1))
        }
    }
}
