import Foundation
import Jobs
import Logging
import SpoolFiles
import SystemPackage

extension SiteBuilder {
    /// Videos whose pages are made between two questions to the store.
    private static let videoBatch = 200

    /// A video of which something has to be written.
    private struct Work: Sendable {
        let card: VideoCard
        /// What its page is made from; `nil` if the page is as it should be.
        var page: UInt64?
        /// By which the search is to know it; `nil` if it does already.
        var number: Int?
    }

    /// The pages of the videos that were published or changed, the cards of all, and what the search finds of them.
    /// - Returns: what is new to the search.
    func buildVideos(_ frame: PageFrame) async throws -> [SearchBlocks.Entry] {
        var present: Set<String> = []
        var stale: [String: UInt64] = [:]
        var unread: [(bundle: FilePath, modified: Int64)] = []
        for name in try FileSystem.list(layout.videos) where !name.string.hasPrefix(".") {
            let id = name.string
            let bundle = layout.videos.appending(name)
            // The manifest is written last, and again with every change.
            guard let modified = FileSystem.attributes(of: bundle.appending(BundleManifest.name))?.modified else { continue }
            present.insert(id)
            var source = SourceDigest()
            source.add(modified)
            let digest = source.finish()
            if publisher.needs("videos/\(VideoPage.name(id))", from: digest) { stale[id] = digest }
            if cards[id]?.modified != modified { unread.append((bundle, modified)) }
        }
        let read = try await SideBySide(width: width).map(unread) { [self] bundle, modified in
            do {
                return try VideoCard(bundle: bundle, modified: modified)
            } catch {
                tell(error, of: bundle)
                return nil
            }
        }
        for (bundle, _) in unread { cards[bundle.lastComponent?.string ?? ""] = nil }
        for card in read { cards[card.id] = card }
        cards = cards.filter { present.contains($0.key) }
        let unsearched = unsearched()
        let work = Set(stale.keys).union(unsearched.keys).sorted().compactMap { id in
            cards[id].map { Work(card: $0, page: stale[id], number: unsearched[id]) }
        }
        var entries: [SearchBlocks.Entry] = []
        for start in stride(from: 0, to: work.count, by: Self.videoBatch) {
            entries += try await write(Array(work[start..<min(start + Self.videoBatch, work.count)]), frame)
        }
        return entries
    }

    private func write(_ videos: [Work], _ frame: PageFrame) async throws -> [SearchBlocks.Entry] {
        let details = try await store.details(ofJobs: videos.map(\.card.jobID))
        let warnings = Dictionary(details.map { ($0.job.id, $0.job.warnings) }) { first, _ in first }
        for path in ["videos/", SearchFiles.passage(0, of: 0)] { try publisher.makeFolder(of: path) }
        let written = try await SideBySide(width: width).map(videos) { [self, templates, layout] work in
            let path = layout.bundle(work.card.id)
            do {
                let bundle = try BundleReader(path)
                if work.page != nil {
                    var context = try VideoPage(bundle: bundle).context(templates)
                    context["page"] = frame.context(work.card.title, "video", root: "../")
                    context["warnings"] = (warnings[work.card.jobID] ?? []).map { ["text": $0] }
                    try SitePublisher.put(
                        try templates.render(.video, context), at: "videos/\(VideoPage.name(work.card.id))", below: layout.report)
                }
                return (work, try work.number.map { try writePassages(of: bundle, as: $0, stamp: work.card.modified) })
            } catch let error as CancellationError {
                throw error
            } catch {
                tell(error, of: path)
                return nil
            }
        }
        for (work, entry) in written {
            if let source = work.page { publisher.note("videos/\(VideoPage.name(work.card.id))", from: source) }
            guard let entry else { continue }
            let files = passageFiles(of: entry)
            for path in files.paths { publisher.note(path, from: files.source) }
        }
        return written.compactMap(\.1)
    }

    private nonisolated func tell(_ error: any Error, of bundle: FilePath) {
        logger.warning("a bundle cannot be shown: \(error)", metadata: ["bundle": "\(bundle)"])
    }
}
