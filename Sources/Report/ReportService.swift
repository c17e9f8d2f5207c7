import Logging
import ServiceLifecycle

/// Renews the report a few seconds after something changed, every half minute while jobs are worked on, since it tells how far they are,
/// and every few minutes when nothing happens, since it tells of the last hours.
///
/// It takes a fifth of the time at most: a large report is renewed less often, rather than slowing the work that it tells of.
public struct ReportService: Service {
    private let builder: SiteBuilder
    private let changes: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let logger: Logger
    /// Seconds between a change and the page that shows it.
    private let delay: Double
    /// Seconds after which it is renewed although nothing changed.
    private let idle: Double
    /// The same while jobs are worked on.
    private let busy: Double

    public init(builder: SiteBuilder, delay: Double = 2, idle: Double = 300, busy: Double = 30, logger: Logger) {
        self.builder = builder
        self.delay = delay
        self.idle = idle
        self.busy = busy
        self.logger = logger
        (changes, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that something changed. From any thread; costs nothing.
    @Sendable public func changed() { signal.yield() }

    public func run() async throws {
        changed()
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask { while (try? await Task.sleep(for: .seconds(idle))) != nil { changed() } }
                group.addTask {
                    while (try? await Task.sleep(for: .seconds(busy))) != nil { if await builder.isAnythingRunning { changed() } }
                }
                await follow()
                group.cancelAll()
            }
        }
        // The last state, for whoever looks while no daemon runs; also where the daemon ends because something failed, and cancels us.
        await Task { await build(isStopped: true) }.value
    }

    private func follow() async {
        var pause = Duration.seconds(delay)
        for await _ in changes {
            guard (try? await Task.sleep(for: pause)) != nil else { break }
            let start = ContinuousClock.now
            await build()
            pause = max(.seconds(delay), (ContinuousClock.now - start) * 4)
        }
    }

    private func build(isStopped: Bool = false) async {
        do {
            try await builder.build(isStopped: isStopped)
        } catch is CancellationError {
            // Cut off by the stop; it is made once more at the end.
        } catch {
            logger.error("\(error)")
        }
    }
}
