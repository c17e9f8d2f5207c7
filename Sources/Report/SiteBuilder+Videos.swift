import Foundation
import Jobs
import Logging
import SpoolFiles
import SystemPackage

extension SiteBuilder {
    /// The pages of the videos that were published or changed, and the cards of all.
    func buildVideos(_ now: Timestamp) async throws {
        var present: Set<String> = []
        for name in try FileSystem.list(layout.videos) where !name.string.hasPrefix(".") {
            let path = layout.videos.appending(name)
            // The manifest is written last, and again with every change.
            guard let modified = FileSystem.attributes(of: path.appending(BundleManifest.name))?.modified else { continue }
            let id = name.string
            present.insert(id)
            let page = "videos/\(VideoPage.name(id))"
            var source = SourceDigest()
            source.add(modified)
            let digest = source.finish()
            let isStale = publisher.needs(page, from: digest)
            if !isStale, cards[id]?.modified == modified { continue }
            do {
                if isStale { try await buildVideo(BundleReader(path), at: page, from: digest, now) }
                cards[id] = try VideoCard(bundle: path, modified: modified)
            } catch {
                logger.warning("a bundle cannot be shown: \(error)", metadata: ["bundle": "\(path)"])
            }
        }
        cards = cards.filter { present.contains($0.key) }
    }

    private func buildVideo(_ bundle: BundleReader, at path: String, from source: UInt64, _ now: Timestamp) async throws {
        var context = try VideoPage(bundle: bundle).context()
        context["page"] = page(bundle.metadata.title, "video", root: "../", now)
        let warnings = try await store.details(of: bundle.manifest.jobID)?.job.warnings ?? []
        context["warnings"] = warnings.map { ["text": $0] }
        try publisher.write(try templates.render(.video, context), at: path, from: source)
    }
}
