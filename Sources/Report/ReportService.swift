import Logging
import ServiceLifecycle

/// Renews the report a few seconds after something changed, and never faster than that.
public struct ReportService: Service {
    private let builder: SiteBuilder
    private let changes: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let logger: Logger
    /// Seconds between a change and the page that shows it.
    private let delay: Double

    public init(builder: SiteBuilder, delay: Double = 2, logger: Logger) {
        self.builder = builder
        self.delay = delay
        self.logger = logger
        (changes, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that something changed. From any thread; costs nothing.
    @Sendable public func changed() { signal.yield() }

    public func run() async throws {
        changed()
        await cancelWhenGracefulShutdown {
            for await _ in changes {
                try? await Task.sleep(for: .seconds(delay))
                await build()
            }
        }
        // The last state, for whoever looks while no daemon runs.
        await build()
    }

    private func build() async {
        do {
            try await builder.build()
        } catch {
            logger.error("\(error)")
        }
    }
}
