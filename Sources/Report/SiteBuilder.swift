import Foundation
import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// Makes the static site from the store and the bundles. Reads only; writes below `report/` only.
///
/// Pages of videos, of jobs and of lists are made again only when what they show has changed; the overview each time.
public actor SiteBuilder {
    let layout: SpoolLayout
    let store: any JobStore & ReportStore
    private let version: String
    let logger: Logger
    let width: Int
    let templates: PageTemplates
    var publisher: SitePublisher
    var cards: [String: VideoCard] = [:]

    private static let cardsShown = 60
    private static let waitingShown = 20
    /// Under "Needs attention": at once, behind a click, and for how long.
    private static let attentionShown = 3
    private static let attentionKept = 20
    private static let attentionDays = 7.0

    /// - Parameter width: pages that are made side by side; 1 leaves the other cores to other work.
    /// - Throws: if the templates or the site's folder cannot be read.
    public init(layout: SpoolLayout, store: any JobStore & ReportStore, version: String, width: Int = 1, logger: Logger) throws {
        self.width = width
        self.layout = layout
        self.store = store
        self.version = version
        self.logger = logger
        templates = try PageTemplates()
        publisher = try SitePublisher(root: layout.report, maker: "\(version) \(templates.digest)")
    }

    /// Brings the site up to date.
    /// - Returns: the path of its first page.
    @discardableResult
    public func build() async throws -> FilePath {
        try Spool(layout: layout).requirePresence()
        let frame = PageFrame(version: version, now: await store.now())
        for (name, data) in templates.assets { try publisher.publish(data, at: name) }
        try await buildVideos(frame)
        let statistics = try await store.statistics()
        try await buildJobs(frame)
        try await buildPaused(frame)
        try await buildOverview(statistics, frame)
        try publisher.endRound()
        return layout.report.appending("index.html")
    }

    func write(_ tasks: [SitePublisher.PageTask]) async throws {
        for task in tasks { try publisher.makeFolder(of: task.path) }
        for task in try await SitePublisher.put(tasks, below: layout.report, width: width) { publisher.note(task.path, from: task.source) }
    }

    // MARK: Overview

    private func buildOverview(_ statistics: JobStatistics, _ frame: PageFrame) async throws {
        let now = frame.now
        let running = try await store.jobs(in: JobState.stages, limit: 50, offset: 0)
        let waiting = try await store.jobs(in: [.pending, .queued, .retrying], limit: Self.waitingShown, offset: 0)
        let recent = now.adding(seconds: -Self.attentionDays * 86_400)
        let failed = try await store.jobs(in: [.failed], limit: Self.attentionKept, offset: 0).filter { $0.updatedAt >= recent }
        let troubles = (daemonStatus?.troubles ?? []).map { trouble -> [String: Any] in
            [
                "title": trouble.subject, "href": "paused.html", "what": "in the way", "message": trouble.message,
                "when": PeopleFormat.moment(trouble.since), "when_iso": trouble.since.rfc3339,
            ]
        }
        let attention = troubles + (failed.map { JobPage(job: $0, now: now).attention } + (try rejectedDrops(since: recent)))
        let newest = cards.values.sorted { ($0.addedAt, $0.id) > ($1.addedAt, $1.id) }
        let waitingCount = statistics.count(.pending, .queued, .retrying)
        var counts: [String: Any] = [
            "total": "\(statistics.total)", "completed": "\(statistics.count(.completed))", "failed": "\(statistics.count(.failed))",
            "cancelled": "\(statistics.count(.cancelled))", "pending": "\(waitingCount)",
            "processing": "\(JobState.stages.reduce(0) { $0 + statistics.count($1) })",
        ]
        counts["success_rate"] = statistics.successRate.map(PeopleFormat.percent)
        counts["average_processing"] = statistics.averageProcessing.map(PeopleFormat.span)
        var context: [String: Any] = [
            "page": frame.context("Transcripts", "index", root: ""), "statistics": counts, "empty": statistics.total == 0 && newest.isEmpty,
            "attention": Array(attention.prefix(Self.attentionShown)), "has_attention": !attention.isEmpty,
            "attention_days": "\(Int(Self.attentionDays))",
            "running": running.map { JobPage(job: $0, now: now).running }, "has_running": !running.isEmpty,
            "waiting": waiting.map { JobPage(job: $0, now: now).waiting }, "has_waiting": !waiting.isEmpty,
            "videos": newest.prefix(Self.cardsShown).map(\.context), "has_videos": !newest.isEmpty,
            "paused_sites": try await store.pauses().map { pause in
                [
                    "site": pause.name, "until": PeopleFormat.moment(pause.until), "reason": pause.reason,
                    "waiting": "\(pause.waiting)",
                ]
            },
        ]
        if attention.count > Self.attentionShown {
            context["attention_more"] = [
                "count": "\(attention.count - Self.attentionShown)", "entries": Array(attention.dropFirst(Self.attentionShown)),
            ]
        }
        if statistics.count(.failed) > failed.count { context["failed_more"] = "\(statistics.count(.failed))" }
        if waitingCount > waiting.count { context["waiting_more"] = "\(waitingCount - waiting.count)" }
        if newest.count > Self.cardsShown { context["videos_more"] = "\(newest.count - Self.cardsShown)" }
        try publisher.publish(try templates.render(.index, context), at: "index.html")
    }
}

extension SiteBuilder {
    /// The latest drops that could not be understood, or only in part, as entries under "Needs attention".
    private func rejectedDrops(since time: Timestamp) throws -> [[String: Any]] {
        var reasons: [(path: FilePath, modified: Int64)] = []
        for control in ControlFolder.allCases {
            let folder = layout.rejected(control)
            for name in try FileSystem.list(folder) where name.string.hasSuffix(".reason.json") {
                let path = folder.appending(name)
                guard let modified = FileSystem.attributes(of: path)?.modified, modified >= time.milliseconds * 1_000_000 else { continue }
                reasons.append((path, modified))
            }
        }
        // The newest are read until there are enough: there may be thousands.
        var receipts: [(name: String, receipt: Receipt)] = []
        for (path, _) in reasons.sorted(by: { $0.modified > $1.modified }) where receipts.count < Self.attentionKept {
            // What a command dropped, it has told already.
            guard let receipt = try? SpoolJSON.read(Receipt.self, at: path), !DropName.isOfCommand(receipt.drop), isLast(receipt)
            else { continue }
            receipts.append((path.lastComponent?.string ?? "", receipt))
        }
        return receipts.map { name, receipt in
            let count = receipt.refused.count
            var entry: [String: Any] = [
                "title": receipt.drop.trimmed.isEmpty ? "a drop without a name" : receipt.drop,
                "href": "../rejected/\(receipt.folder.rawValue)/\(PageLink.path(name))",
                "what": receipt.outcome == .partly
                    ? "of this drop in \(receipt.folder.rawValue)/ \(count == 1 ? "one part" : "\(count) parts") could not be used"
                    : "this drop in \(receipt.folder.rawValue)/ could not be used",
                "when": PeopleFormat.moment(receipt.at), "when_iso": receipt.at.rfc3339,
            ]
            if let first = receipt.refused.first {
                let isNamed = first.text.map(first.reason.contains) ?? true
                let place = [first.file, first.line.map { "line \($0)" }, isNamed ? nil : first.text].compactMap { $0 }
                entry["message"] = (place + [first.reason]).joined(separator: ": ") + (count > 1 ? " (and \(count - 1) more)" : "")
                entry["hint"] = first.hint
            }
            return entry
        }
    }

    /// Nothing was dropped under that name since.
    private func isLast(_ receipt: Receipt) -> Bool {
        let last = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: receipt.drop, in: receipt.folder))
        return last.map { $0.dropID == receipt.dropID } ?? true
    }
}

extension SiteBuilder {
    /// What the daemon says of itself; `nil` if none has worked here.
    private var daemonStatus: DaemonStatus? { try? SpoolJSON.read(DaemonStatus.self, at: layout.daemonStatus) }

    /// The page of what rests and what is in the way.
    private func buildPaused(_ frame: PageFrame) async throws {
        let pauses = try await store.pauses()
        let troubles = daemonStatus?.troubles ?? []
        let context: [String: Any] = [
            "page": frame.context("What waits", "paused", root: ""), "has_pauses": !pauses.isEmpty, "has_troubles": !troubles.isEmpty,
            "pauses": pauses.map { pause -> [String: Any] in
                [
                    "name": pause.name, "until": PeopleFormat.moment(pause.until), "until_iso": pause.until.rfc3339, "reason": pause.reason,
                    "waiting": "\(pause.waiting)", "is_site": pause.isSite,
                ]
            },
            "troubles": troubles.map { trouble in
                [
                    "subject": trouble.subject, "message": trouble.message, "since": PeopleFormat.moment(trouble.since),
                    "since_iso": trouble.since.rfc3339,
                ]
            },
        ]
        try publisher.publish(try templates.render(.paused, context), at: "paused.html")
    }
}

extension Pause {
    fileprivate var isSite: Bool {
        if case .site = subject { true } else { false }
    }

    /// What rests, for people.
    fileprivate var name: String {
        switch subject {
        case .site(let site): site
        case .stage(let stage): "the stage \(stage.label)"
        }
    }
}
