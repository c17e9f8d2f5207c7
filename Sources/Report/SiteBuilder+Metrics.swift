import Foundation
import Jobs
import SpoolFiles

extension SiteBuilder {
    /// `metrics.prom`, for the node exporter.
    func buildMetrics(_ statistics: JobStatistics, _ lists: VideoLists, _ frame: PageFrame) async throws {
        let heard = lists.cards.filter { $0.hearing != nil }
        let hour = try await store.activity(since: frame.now.adding(seconds: -3600), step: 7200)
        let measures = MetricsFile.Measures(
            version: frame.version, now: frame.now, statistics: statistics, load: try await store.load(),
            tallies: try await store.tallies(),
            pauses: try await store.pauses(), completedLastHour: hour.reduce(0) { $0 + $1.completed }, bundles: lists.cards.count,
            bundleBytes: lists.cards.reduce(0) { $0 + $1.bytes }, heardSeconds: heard.reduce(0) { $0 + $1.duration },
            hearingSeconds: heard.reduce(0) { $0 + ($1.hearing ?? 0) }, freeBytes: try? FileSystem.space(at: layout.root).free,
            daemonStartedAt: daemonStatus?.startedAt)
        try publisher.publish(Data(MetricsFile(measures: measures).text.utf8), at: "metrics.prom")
    }
}
