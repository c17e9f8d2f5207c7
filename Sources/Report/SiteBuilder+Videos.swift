import Foundation
import Jobs
import Logging
import SpoolFiles
import SystemPackage

extension SiteBuilder {
    /// Videos whose pages are made between two questions to the store.
    private static let videoBatch = 200

    /// The pages of the videos that were published or changed, and the cards of all.
    func buildVideos(_ frame: PageFrame) async throws {
        var present: Set<String> = []
        var stale: [(card: VideoCard, source: UInt64)] = []
        for name in try FileSystem.list(layout.videos) where !name.string.hasPrefix(".") {
            let id = name.string
            let bundle = layout.videos.appending(name)
            // The manifest is written last, and again with every change.
            guard let modified = FileSystem.attributes(of: bundle.appending(BundleManifest.name))?.modified else { continue }
            present.insert(id)
            var source = SourceDigest()
            source.add(modified)
            let digest = source.finish()
            let isStale = publisher.needs("videos/\(VideoPage.name(id))", from: digest)
            if !isStale, cards[id]?.modified == modified { continue }
            do {
                let card = try VideoCard(bundle: bundle, modified: modified)
                cards[id] = card
                if isStale { stale.append((card, digest)) }
            } catch {
                tell(error, of: bundle)
            }
        }
        cards = cards.filter { present.contains($0.key) }
        for start in stride(from: 0, to: stale.count, by: Self.videoBatch) {
            try await buildVideos(Array(stale[start..<min(start + Self.videoBatch, stale.count)]), frame)
        }
    }

    private func buildVideos(_ videos: [(card: VideoCard, source: UInt64)], _ frame: PageFrame) async throws {
        let details = try await store.details(ofJobs: videos.map(\.card.jobID))
        let warnings = Dictionary(details.map { ($0.job.id, $0.job.warnings) }) { first, _ in first }
        let tasks = videos.map { card, source in
            let bundle = layout.bundle(card.id)
            return SitePublisher.PageTask(path: "videos/\(VideoPage.name(card.id))", source: source) {
                [self, templates, warnings = warnings[card.jobID] ?? []] in
                do {
                    var context = try VideoPage(bundle: BundleReader(bundle)).context()
                    context["page"] = frame.context(card.title, "video", root: "../")
                    context["warnings"] = warnings.map { ["text": $0] }
                    return try templates.render(.video, context)
                } catch {
                    tell(error, of: bundle)
                    return nil
                }
            }
        }
        try await write(tasks)
    }

    private nonisolated func tell(_ error: any Error, of bundle: FilePath) {
        logger.warning("a bundle cannot be shown: \(error)", metadata: ["bundle": "\(bundle)"])
    }
}
