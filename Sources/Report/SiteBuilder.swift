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
    let options: SiteOptions
    private let maker: String
    /// The name and contents of the logo's file.
    private let logo: (name: String, data: Data)?
    let logger: Logger
    let width: Int
    let templates: PageTemplates
    var publisher: SitePublisher
    var cards: [String: VideoCard] = [:]
    /// Bundles that could not be read, with their manifests' times: they were told, and are tried again when they change.
    var unreadable: [String: Int64] = [:]
    var search = SearchBlocks()
    /// As it is in its file.
    var savedSearch = SearchBlocks()
    var isSearchLoaded = false
    var passageFiles: [SearchBlocks.Entry: (paths: [String], source: UInt64)] = [:]

    /// - Parameter width: pages that are made side by side; 1 leaves the other cores to other work.
    /// - Throws: if the templates or the site's folder cannot be read.
    public init(
        layout: SpoolLayout, store: any JobStore & ReportStore, version: String, options: SiteOptions = SiteOptions(), width: Int = 1,
        logger: Logger
    ) throws {
        self.width = width
        self.options = options
        self.layout = layout
        self.store = store
        self.version = version
        self.logger = logger
        templates = try PageTemplates(overriddenIn: options.templates)
        logo = try options.logo.map { path in
            let name = path.lastComponent.map { DropName.fileExtension($0.string) } ?? ""
            return ("logo\(name.isEmpty ? "" : ".\(name)")", try FileSystem.read(path))
        }
        var digest = SourceDigest()
        for text in [version, templates.digest, options.title, logo?.name ?? "", options.footer ?? "", options.address ?? ""] {
            digest.add(text)
        }
        maker = String(digest.finish(), radix: 16)
        publisher = try SitePublisher(root: layout.report, maker: maker)
    }

    /// Forgets what was written: somebody has taken it away.
    private func beginAnew() throws {
        try FileSystem.makeFolder(layout.report)
        publisher = try SitePublisher(root: layout.report, maker: maker)
        isSearchLoaded = false
    }

    /// Is any job worked on?
    var isAnythingRunning: Bool {
        get async { (try? await store.load())?.running.isEmpty == false }
    }

    /// Brings the site up to date.
    /// - Parameter isStopped: no daemon works on the spool from now on, and the site says so.
    /// - Returns: the path of its first page.
    @discardableResult
    public func build(isStopped: Bool = false) async throws -> FilePath {
        try Spool(layout: layout).requirePresence()
        if !FileSystem.exists(layout.report.appending("index.html")) { try beginAnew() }
        let frame = try PageFrame(
            templates, version: version, now: await store.now(), isStopped: isStopped, options: options, logo: logo?.name)
        for (name, data) in templates.assets { try publisher.publish(data, at: name) }
        if let logo { try publisher.publish(logo.data, at: logo.name) }
        let stamps = try await store.jobStamps()
        let new = try await buildVideos(Set(stamps.lazy.filter { $0.state == .completed }.map(\.jobID)), frame)
        try await buildVersions(frame)
        try await buildSearch(new, frame)
        let lists = VideoLists(cards.values)
        try await buildLists(lists, frame)
        try buildFeeds(lists, frame)
        try buildAbout(lists, frame)
        let statistics = try await store.statistics()
        try await buildJobs(stamps, frame)
        try await buildPaused(frame)
        let trash = try await buildTrash(frame)
        try await buildOverview(statistics, lists, trash, frame)
        try await buildMetrics(statistics, lists, frame)
        try publisher.endRound()
        return layout.report.appending("index.html")
    }
}
