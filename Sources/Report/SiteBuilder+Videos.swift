import Foundation
import Logging
import SpoolFiles
import SystemPackage

extension SiteBuilder {
    /// A video of which something has to be read or written.
    private struct Work: Sendable {
        let id: String
        /// Of its manifest, in nanoseconds since 1970.
        let modified: Int64
        /// What the page that is there was made from; `nil` if there is none.
        let made: UInt64?
        /// The search does not know it yet.
        var isUnsearched = false
    }

    /// What was read of a bundle, and is to be written.
    private struct Reading {
        let card: VideoCard
        /// What its page is made from.
        let source: UInt64
        /// Of its page; `nil` if that is as it should be.
        var page: PageContext?
        var passages: [SearchPassage]?
    }

    private struct Outcome: Sendable {
        let card: VideoCard
        let source: UInt64
        let isPageNew: Bool
        /// If it is new to the search.
        var entry: SearchBlocks.Entry?
    }

    /// The pages of the videos that were published or changed, the cards of all, and what the search finds of them.
    /// - Parameter jobs: those that have a page to which videos' pages can lead.
    /// - Returns: what is new to the search.
    func buildVideos(_ jobs: Set<String>, _ frame: PageFrame) async throws -> SearchIntake {
        var stamps: [String: Int64] = [:]
        var work: [String: Work] = [:]
        for name in try FileSystem.list(layout.videos) where !name.string.hasPrefix(".") {
            let id = name.string
            // The manifest is written last, and again with every change.
            let manifest = layout.videos.appending(name).appending(BundleManifest.name)
            guard let modified = FileSystem.attributes(of: manifest)?.modified, unreadable[id] != modified else { continue }
            unreadable[id] = nil
            stamps[id] = modified
            let path = VideoPage.path(id)
            if let card = cards[id], card.modified == modified, !publisher.needs(path, from: Self.source(of: card, jobs)) { continue }
            work[id] = Work(id: id, modified: modified, made: publisher.source(of: path))
        }
        for id in unsearched(stamps) {
            let made = publisher.source(of: VideoPage.path(id))
            work[id, default: Work(id: id, modified: stamps[id] ?? 0, made: made)].isUnsearched = true
        }
        for path in [VideoPage.path(""), SearchFiles.index, SearchFiles.passage(0)] { try publisher.makeFolder(of: path) }
        let intake = SearchIntake(behind: search, root: layout.report)
        let outcomes = try await SideBySide(width: width).map(work.values.sorted { $0.id < $1.id }) { [self] in
            try write($0, jobs, frame, intake)
        }
        cards = cards.filter { stamps[$0.key] != nil && work[$0.key] == nil }
        for outcome in outcomes {
            let id = outcome.card.id
            cards[id] = outcome.card
            if outcome.isPageNew {
                publisher.note(VideoPage.path(id), from: outcome.source)
            } else {
                _ = publisher.needs(VideoPage.path(id), from: outcome.source)
            }
            guard let entry = outcome.entry else { continue }
            let files = passageFiles(of: entry)
            for path in files.paths { publisher.note(path, from: files.source) }
        }
        // Listed nowhere, and not tried again until it changes.
        for (id, work) in work where cards[id] == nil { unreadable[id] = work.modified }
        return intake
    }

    /// - Returns: `nil` if the bundle cannot be read.
    /// - Throws: if something cannot be written.
    private nonisolated func write(_ work: Work, _ jobs: Set<String>, _ frame: PageFrame, _ intake: SearchIntake) throws -> Outcome? {
        let reading: Reading
        do {
            reading = try read(work, jobs, frame)
        } catch {
            logger.warning("a bundle cannot be shown: \(error)", metadata: ["bundle": "\(layout.bundle(work.id))"])
            return nil
        }
        if let page = reading.page {
            try SitePublisher.put(try templates.render(.video, page), at: VideoPage.path(work.id), below: layout.report)
        }
        var outcome = Outcome(card: reading.card, source: reading.source, isPageNew: reading.page != nil)
        if let passages = reading.passages { outcome.entry = try intake.add(passages, of: work.id, stamp: work.modified) }
        return outcome
    }

    private nonisolated func read(_ work: Work, _ jobs: Set<String>, _ frame: PageFrame) throws -> Reading {
        let path = layout.bundle(work.id)
        if work.made != nil, !work.isUnsearched {
            let card = try VideoCard(bundle: path, modified: work.modified)
            let source = Self.source(of: card, jobs)
            if work.made == source { return Reading(card: card, source: source) }
        }
        let bundle = try BundleReader(path)
        guard bundle.metadata.videoID == work.id else {
            throw SpoolError("show", path, reason: "it says that it is \(bundle.metadata.videoID): a copy does not belong here")
        }
        let card = try VideoCard(bundle, modified: work.modified)
        var reading = Reading(card: card, source: Self.source(of: card, jobs))
        if work.made != reading.source {
            var context = try VideoPage(bundle: bundle).context(templates, hasJob: jobs.contains(card.jobID))
            context["page"] = frame.context(card.title, "video", root: "../")
            reading.page = context
        }
        if work.isUnsearched { reading.passages = try SearchPassage.all(of: bundle) }
        return reading
    }

    private static func source(of card: VideoCard, _ jobs: Set<String>) -> UInt64 {
        SourceDigest.quick(card.id, card.modified, jobs.contains(card.jobID) ? 1 : 0)
    }
}
