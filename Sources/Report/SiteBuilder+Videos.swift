import Foundation
import Jobs
import Logging
import SpoolFiles
import SystemPackage

extension SiteBuilder {
    /// Videos for which the store is asked at once.
    private static let videoBatch = 50

    /// A video of which something has to be read or written.
    private struct Work: Sendable {
        let id: String
        /// Of its manifest, in nanoseconds since 1970.
        let modified: Int64
        /// What its page is made from; `nil` if the page is as it should be.
        var page: UInt64?
        /// By which the search is to know it; `nil` if it does already.
        var number: Int?
    }

    private struct Outcome: Sendable {
        let work: Work
        let card: VideoCard
        /// If it is new to the search.
        var entry: SearchBlocks.Entry?
    }

    /// The pages of the videos that were published or changed, the cards of all, and what the search finds of them.
    /// - Returns: what is new to the search.
    func buildVideos(_ frame: PageFrame) async throws -> [SearchBlocks.Entry] {
        var stamps: [String: Int64] = [:]
        var work: [String: Work] = [:]
        for name in try FileSystem.list(layout.videos) where !name.string.hasPrefix(".") {
            let id = name.string
            // The manifest is written last, and again with every change.
            let manifest = layout.videos.appending(name).appending(BundleManifest.name)
            guard let modified = FileSystem.attributes(of: manifest)?.modified else { continue }
            stamps[id] = modified
            var source = SourceDigest()
            source.add(modified)
            let digest = source.finish()
            let isStale = publisher.needs("videos/\(VideoPage.name(id))", from: digest)
            if isStale || cards[id]?.modified != modified { work[id] = Work(id: id, modified: modified, page: isStale ? digest : nil) }
        }
        for (id, number) in unsearched(stamps) { work[id, default: Work(id: id, modified: stamps[id] ?? 0)].number = number }
        for path in ["videos/", SearchFiles.passage(0, of: 0)] { try publisher.makeFolder(of: path) }
        let outcomes = try await SideBySide(width: width).map(work.values.sorted { $0.id < $1.id }.batches(of: Self.videoBatch)) {
            [self] batch in
            let warnings = try await store.warnings(ofVideos: batch.map(\.id))
            return try batch.compactMap { try write($0, warnings, frame) }
        }.flatMap { $0 }
        // One that cannot be read is listed nowhere.
        cards = cards.filter { stamps[$0.key] != nil && work[$0.key] == nil }
        for outcome in outcomes {
            cards[outcome.card.id] = outcome.card
            if let source = outcome.work.page { publisher.note("videos/\(VideoPage.name(outcome.card.id))", from: source) }
            guard let entry = outcome.entry else { continue }
            let files = passageFiles(of: entry)
            for path in files.paths { publisher.note(path, from: files.source) }
        }
        return outcomes.compactMap(\.entry)
    }

    /// - Parameter warnings: by the jobs' ids.
    /// - Returns: `nil` if the bundle cannot be read.
    private nonisolated func write(_ work: Work, _ warnings: [String: [String]], _ frame: PageFrame) throws -> Outcome? {
        let path = layout.bundle(work.id)
        do {
            guard work.page != nil || work.number != nil else {
                return Outcome(work: work, card: try VideoCard(bundle: path, modified: work.modified))
            }
            let bundle = try BundleReader(path)
            if work.page != nil {
                var context = try VideoPage(bundle: bundle).context(templates)
                context["page"] = frame.context(bundle.metadata.title, "video", root: "../")
                context["warnings"] = (warnings[bundle.manifest.jobID] ?? []).map { ["text": $0] }
                try SitePublisher.put(try templates.render(.video, context), at: "videos/\(VideoPage.name(work.id))", below: layout.report)
            }
            return Outcome(
                work: work, card: try VideoCard(bundle, modified: work.modified),
                entry: try work.number.map { try writePassages(of: bundle, as: $0, stamp: work.modified) })
        } catch let error as CancellationError {
            throw error
        } catch {
            logger.warning("a bundle cannot be shown: \(error)", metadata: ["bundle": "\(path)"])
            return nil
        }
    }
}
