import Foundation
import Jobs
import Logging
import ServiceLifecycle
import SpoolFiles
import Watcher

/// Keeps `.spoolscribe/daemon.json` up to date: written when something in it changed, and once a minute as a sign of life.
public struct DaemonStatusService: Service {
    let layout: SpoolLayout
    let store: any JobStore
    let troubles: Troubles
    let bell: Doorbell
    let logger: Logger
    private let startedAt = Timestamp.now()

    /// - Parameter bell: rung when a pause or a trouble may have come or gone.
    public init(layout: SpoolLayout, store: any JobStore, troubles: Troubles, bell: Doorbell, logger: Logger) {
        self.layout = layout
        self.store = store
        self.troubles = troubles
        self.bell = bell
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var last: DaemonStatus?
            while !Task.isCancelled {
                await write(&last)
                await bell.wait(until: .now + .seconds(60))
                // Rung at every move of a job, and rarely is anything else: once a second is enough.
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func write(_ last: inout DaemonStatus?) async {
        do {
            try Spool(layout: layout).requirePresence()
            var status = DaemonStatus(
                host: SpoolLock.hostName(), process: Int(ProcessInfo.processInfo.processIdentifier), version: Version.current,
                startedAt: startedAt)
            status.pauses = try await store.pauses().map { pause in
                switch pause.subject {
                case .site(let site): .init(site: site, stage: nil, until: pause.until, reason: pause.reason, waiting: pause.waiting)
                case .stage(let stage): .init(site: nil, stage: stage, until: pause.until, reason: pause.reason, waiting: pause.waiting)
                }
            }
            status.troubles = troubles.all
            let now = Timestamp.now()
            status.updatedAt = last?.updatedAt ?? now
            guard status != last || now.seconds(since: status.updatedAt) > 59 else { return }
            status.updatedAt = now
            try AtomicFile.write(SpoolJSON.data(status), to: layout.daemonStatus, durability: .view)
            last = status
        } catch {
            logger.warning("the daemon's status could not be written: \(error)")
        }
    }
}
