import Foundation
import Jobs
import Logging
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Report

struct SiteBuilderTests {
    let folder: TemporaryFolder
    let layout: SpoolLayout
    let store: any JobStore & ReportStore
    let builder: SiteBuilder

    init() throws {
        folder = try TemporaryFolder()
        layout = SpoolLayout(root: folder.path)
        try Spool(layout: layout).make()
        store = try SQLiteJobStore(path: layout.database.string)
        builder = try SiteBuilder(
            layout: layout, store: store, version: "0", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func insert(_ count: Int) async throws {
        let now = Timestamp.now()
        let jobs = (0..<count).map { number in
            Job(
                id: SortableID.derived(from: SortableID.make(), number: number), dropID: "d", drop: "links.txt", ordinal: number,
                site: "example.org",
                url: "https://example.org/\(number)?<script>", recording: nil, videoID: nil, userID: "ann", spec: JobSpec(), maxRetries: 3,
                createdAt: now)
        }
        _ = try await store.insert([(DropRecord(id: "d", name: "links.txt", folder: .incoming, userID: "ann", takenAt: now), jobs)])
    }

    @Test func whatWasDeletedIsToldWithWhatBringsItBack() async throws {
        let video = VideoRecord(
            id: "web-0123456789ab", addressID: nil, jobID: "j", title: "Talk <b>one</b>", userID: "ann", createdAt: .now())
        let store = try #require(store as? SQLiteJobStore)
        try await store.publish(video)
        try await builder.build()
        #expect(try page("trash.html").contains("Nothing is in the trash"))
        try await insert(2)
        let job = try #require(try await store.jobs(in: [], limit: 1, offset: 0).first)
        try await store.putInTrash(jobID: job.id)
        try await store.putInTrash(videoID: video.id, by: "bob")
        try await builder.build()
        let text = try page("trash.html")
        #expect(text.contains("<code>web-0123456789ab</code>") && text.contains("Talk &lt;b&gt;one&lt;/b&gt;") && text.contains("by bob"))
        #expect(text.contains("<code>\(job.id)</code>") && text.contains("https://example.org/1"))
        let end = PeopleFormat.date(Timestamp.now().adding(seconds: 30 * 86_400).day)
        #expect(text.contains(end), "thirty days are the standard")
        #expect(try page("index.html").contains("<b>2</b> in the <a href=\"trash.html\">trash</a>"))
        try await store.takeOutOfTrash(videoID: video.id)
        try await store.takeOutOfTrash(jobID: job.id)
        var options = SiteOptions()
        options.keepTrash = 0
        try await builder(options).build()
        #expect(try page("trash.html").contains("Nothing is in the trash"))
        #expect(try !page("index.html").contains("trash.html"))
        try await store.putInTrash(jobID: job.id)
        try await builder(options).build()
        #expect(try page("trash.html").contains("for ever"))
    }

    func page(_ name: String) throws -> String {
        String(decoding: try FileSystem.read(name.split(separator: "/").reduce(layout.report) { $0.appending(String($1)) }), as: UTF8.self)
    }

    private func addBundle(_ videoID: String, text: String, jobID: String = "j", warnings: [String]? = nil) throws {
        let bundle = layout.bundle(videoID)
        try FileSystem.makeFolder(bundle)
        var metadata = VideoMetadata(
            videoID: videoID, title: "Talk <b>one</b>", site: "example.org", media: .init(container: "mp4", duration: 5), tags: ["x"],
            addedAt: .now(), userID: "ann")
        metadata.url = "javascript:alert(1)"
        let transcript = Transcript(
            language: "en", languageProbability: 0.99, duration: 5, speechDuration: 4,
            segments: [.init(id: 0, start: 1.25, end: 2, text: text, words: [])], flags: [],
            provenance: .init(
                engine: "e", engineVersion: "1", model: "m", task: "transcribe", jobID: "j", createdAt: .now()))
        try AtomicFile.write(SpoolJSON.data(metadata), to: bundle.appending(VideoMetadata.name))
        try AtomicFile.write(SpoolJSON.data(transcript), to: bundle.appending(Transcript.name))
        try AtomicFile.write(Data("\(text)\n".utf8), to: bundle.appending("transcript.txt"))
        let manifest = try BundleManifest(
            ofBundle: bundle, videoID: videoID, jobID: jobID, createdAt: .now(), spoolscribe: "0", engine: nil, warnings: warnings)
        try AtomicFile.write(SpoolJSON.data(manifest), to: bundle.appending(BundleManifest.name))
    }

    @Test func anEmptySpoolSaysHowToBegin() async throws {
        try await builder.build()
        #expect(try page("index.html").contains("Nothing here yet"))
    }

    @Test func theOverviewCounts() async throws {
        try await insert(3)
        let first = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job
        try await store.apply(
            .fail(Failure(.permanent, "not_found", "nothing at <there>", hint: "Check it")), to: first.id, from: .downloading)
        try await builder.build()
        let text = try page("index.html")
        #expect(text.contains("<b data-count=\"total\">3</b> in all"))
        #expect(text.contains("<b data-count=\"failed\">1</b> failed"))
        #expect(text.contains("<b data-count=\"pending\">2</b> waiting"))
        #expect(text.contains("<b>0 %</b> succeed"))
        #expect(text.contains("nothing at &lt;there&gt;"))
        #expect(text.contains("Check it"))
        #expect(!text.contains("<script>"))
        #expect(try page("jobs/\(first.id).html").contains("nothing at &lt;there&gt;"))
    }

    @Test func listsArePaged() async throws {
        try await insert(250)
        try await builder.build()
        #expect(try page("jobs.html").contains("the newest 100 of 250"))
        // From the newest to the oldest by the links between them.
        var names = ["jobs-waiting.html"]
        while let link = try page(names.last!).firstMatch(of: /href="([^"]+)" rel="next"/) { names.append(String(link.output.1)) }
        let urls = try names.dropFirst().flatMap { try page($0).matches(of: /example\.org\/(\d+)/).compactMap { Int($0.output.1) } }
        #expect(Set(urls).union(150..<250) == Set(0..<250) && names.count <= 6)
    }

    /// Inodes of all pages by their paths: another inode, and the page was written anew.
    func inodes() throws -> [String: UInt64] {
        var all: [String: UInt64] = [:]
        for folder in ["", "jobs/", "videos/"] {
            let path = folder.isEmpty ? layout.report : layout.report.appending(String(folder.dropLast()))
            for name in try FileSystem.list(path) where name.string.hasSuffix(".html") {
                all[folder + name.string] = FileSystem.attributes(of: path.appending(name))?.inode
            }
        }
        return all
    }

    @Test func aChangeTouchesOnlyPagesThatSpeakOfIt() async throws {
        try await insert(400)
        try addBundle("web-0123456789ab", text: "Hello")
        try await builder.build()
        let before = try inodes()
        // The oldest, far down in the lists.
        let oldest = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job
        try await store.apply(.fail(Failure(.permanent, "gone", "gone")), to: oldest.id, from: .downloading)
        try await builder.build()
        let after = try inodes()
        let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        // Each first page counts all states.
        let fronts = ["jobs", "jobs-waiting", "jobs-running", "jobs-completed", "jobs-failed", "jobs-cancelled", "index"].map {
            "\($0).html"
        }
        let expected = Set(fronts + ["jobs/\(oldest.id).html", "jobs-from-0.html", "jobs-waiting-from-0.html"])
        #expect(changed.subtracting(["paused.html"]) == expected)
    }

    @Test func aNewProcessWritesNothingThatIsThere() async throws {
        try await insert(150)
        try addBundle("web-0123456789ab", text: "Hello")
        try await builder.build()
        let before = try inodes()
        let another = try SiteBuilder(
            layout: layout, store: store, version: "0", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await another.build()
        let after = try inodes()
        #expect(before.filter { after[$0.key] != $0.value }.keys.filter { $0 != "index.html" && $0 != "paused.html" }.isEmpty)
        #expect(try page("index.html").contains("Hello") && page("index.html").contains("<span>en</span>"))
    }

    @Test func aQuotationMarkWithAnAccentIsEscapedToo() {
        #expect(PageEscaping().escapeText("a\"\u{301}b<c>&'") == "a&quot;\u{301}b&lt;c&gt;&amp;&#39;")
        #expect(PageEscaping().escapeText("schön") == "schön")
    }

    @Test func aVideoHasItsPageAndLosesItWithTheBundle() async throws {
        try addBundle("web-0123456789ab", text: "Hello & welcome")
        try await builder.build()
        let text = try page("videos/web-0123456789ab.html")
        #expect(text.contains("Hello &amp; welcome"))
        #expect(text.contains("data-start=\"1.25\""))
        #expect(text.contains("Talk &lt;b&gt;one&lt;/b&gt;"))
        #expect(!text.contains("javascript:"))
        #expect(try page("index.html").contains("videos/web-0123456789ab.html"))
        try FileSystem.remove(layout.bundle("web-0123456789ab"))
        try await builder.build()
        #expect(!FileSystem.exists(layout.report.appending("videos").appending("web-0123456789ab.html")))
    }

    @Test func aVideosPageTellsItsWarningsAndLeadsToItsJobAsLongAsThatIsThere() async throws {
        try await insert(1)
        let job = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job
        let link = "../jobs/\(job.id).html"
        try addBundle("web-0123456789ab", text: "Hello", jobID: job.id, warnings: ["3 damaged places & more"])
        try await builder.build()
        #expect(try page("videos/web-0123456789ab.html").contains("3 damaged places &amp; more"))
        #expect(try !page("videos/web-0123456789ab.html").contains(link))
        try await store.apply(.complete, to: job.id, from: .downloading)
        try await builder.build()
        #expect(try page("videos/web-0123456789ab.html").contains(link))
        #expect(try await store.prune(endedBefore: .now().adding(seconds: 60), limit: 10).count == 1)
        try await builder.build()
        #expect(try !page("videos/web-0123456789ab.html").contains(link))
    }

    @Test func aJobsPageShowsItsSpec() async throws {
        var spec = JobSpec(url: "https://example.org/1.mp4")
        spec.language = "de"
        spec.hotwords = "<Ada>"
        let now = Timestamp.now()
        let jobs = [spec, JobSpec(url: "https://example.org/2.mp4")].enumerated().map { number, spec in
            Job(
                id: "job-\(number)", dropID: "d", drop: "a.json", ordinal: number, site: "example.org", url: spec.url, recording: nil,
                videoID: nil, userID: "ann", spec: spec, maxRetries: 3, createdAt: now)
        }
        _ = try await store.insert([(DropRecord(id: "d", name: "a.json", folder: .incoming, userID: "ann", takenAt: now), jobs)])
        try await builder.build()
        #expect(try page("jobs/job-0.html").contains("&quot;hotwords&quot;:&quot;&lt;Ada&gt;&quot;,&quot;language&quot;:&quot;de&quot;"))
        #expect(try !page("jobs/job-1.html").contains("<dt>Spec</dt>"))
        #expect(try !page("jobs.html").contains("reprocess"))
        let again = Job(
            id: "job-again", dropID: "e", drop: "web-0123456789ab.json", ordinal: 0, site: "example.org", url: "https://example.org/0",
            recording: nil,
            videoID: "web-0123456789ab", userID: "ann", spec: JobSpec(), maxRetries: 3, createdAt: now, origin: .reprocess)
        _ = try await store.insert([(DropRecord(id: "e", name: again.drop, folder: .reprocess, userID: "ann", takenAt: now), [again])])
        try await builder.build()
        #expect(try page("jobs.html").contains("<span class=\"meta\">example.org · reprocess</span>"))
    }

    @Test func aCopyOfABundleIsNoVideo() async throws {
        try addBundle("web-0123456789ab", text: "Hello")
        try FileManager.default.copyItem(
            atPath: layout.bundle("web-0123456789ab").string, toPath: layout.bundle("web-0123456789ab.bak").string)
        try await builder.build()
        #expect(try !page("videos.html").contains("web-0123456789ab.bak"))
        #expect(try page("videos.html").contains("1 in all"))
    }

    @Test func aFolderOfTheSiteThatWasTakenAwayIsMadeAnew() async throws {
        try await insert(1)
        try addBundle("web-0123456789ab", text: "Hello")
        try await builder.build()
        try FileSystem.remove(layout.report.appending("videos"))
        try addBundle("web-0123456789ab", text: "Hello again")
        try await builder.build()
        #expect(try page("videos/web-0123456789ab.html").contains("Hello again"))
    }

    @Test func whatAnEarlierVersionHasStandsBesideTheLineInWhoseTimeItIsSaid() {
        func segment(_ start: Double, _ end: Double, _ text: String) -> Transcript.Segment {
            .init(id: 0, start: start, end: end, text: text, words: [])
        }
        let rows = VersionPage.rows(
            [segment(0, 2, " One."), segment(2, 4, " Two, three"), segment(4.2, 5, "four"), segment(90, 91, "five")],
            [segment(0, 3, " one"), segment(3.1, 4, " two"), segment(4, 60, "Four!")])
        #expect(rows.map(\.other) == ["One. Two, three", "", "four five"])
        #expect(rows.map(\.isSame) == [false, false, false])
        #expect(VersionPage.rows([segment(0, 1, "One.")], [segment(0, 1, " one")]).map(\.isSame) == [true])
        #expect(VersionPage.rows([segment(1, 2, "gone")], []).map(\.other) == ["gone"])
        #expect(VersionPage.rows([], [segment(1, 2, "new")]).map(\.other) == [""])
    }

    @Test func aLongTitleIsCut() async throws {
        #expect(PeopleFormat.short(String(repeating: "é", count: 200)) == String(repeating: "é", count: 200))
        #expect(PeopleFormat.short(String(repeating: "é", count: 201)).count == 201)
    }

    @Test func anUnfinishedOrDamagedBundleSpoilsNothing() async throws {
        try addBundle("web-0123456789ab", text: "Hello")
        try FileSystem.makeFolder(layout.bundle("web-unfinished"))
        try FileSystem.makeFolder(layout.bundle("web-damaged"))
        try AtomicFile.write(Data("{".utf8), to: layout.bundle("web-damaged").appending(BundleManifest.name))
        try await builder.build()
        #expect(try page("index.html").contains("web-0123456789ab"))
    }

    @Test func whatDidNotChangeIsNotWritten() async throws {
        try addBundle("web-0123456789ab", text: "Hello")
        try await builder.build()
        let path = layout.report.appending("videos").appending("web-0123456789ab.html")
        let before = FileSystem.attributes(of: path)
        try await builder.build()
        #expect(FileSystem.attributes(of: path) == before)
    }

    private func builder(_ options: SiteOptions) throws -> SiteBuilder {
        try SiteBuilder(
            layout: layout, store: store, version: "0", options: options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func theSiteLooksAsItsSettingsSay() async throws {
        try addBundle("web-0123456789ab", text: "Hello")
        var options = SiteOptions()
        options.title = "Town & country"
        options.footer = "Ask <Ann>"
        options.logo = try folder.write("png", to: "our.png")
        options.templates = folder.path.appending("templates")
        options.settings = [.init(name: "lanes.network", value: "3", isStandard: false)]
        try FileSystem.makeFolder(options.templates!)
        try folder.write("    <li class=\"mine\">{{title}}</li>\n", to: "templates/card.mustache")
        try await builder(options).build()
        let text = try page("videos.html")
        #expect(text.contains("<title>Videos – Town &amp; country</title>") && text.contains("Ask &lt;Ann&gt;"))
        #expect(text.contains("<li class=\"mine\">Talk &lt;b&gt;one&lt;/b&gt;</li>"))
        #expect(try page("videos/web-0123456789ab.html").contains("src=\"../logo.png\"") && page("logo.png") == "png")
        #expect(try page("about.html").contains("<code>lanes.network</code></dt><dd>3</dd>"))
        #expect(try page("about.html").contains("<dt>Spoolscribe</dt><dd>0</dd>"))

        try folder.write("{{#open}}", to: "templates/card.mustache")
        let error = #expect(throws: ReportError.self) { try builder(options) }
        #expect(error?.description.contains("templates/card.mustache") == true)
    }

    /// The numbers and shards of the search's blocks, as the page is told.
    private func searchBlocks() throws -> [[Int]] {
        struct Index: Decodable {
            let blocks: [[Int]]
        }
        let json = try page("search/index.js").drop { $0 != "{" }.prefix { $0 != "\n" }
        return try SpoolJSON.decode(Index.self, from: Data(json.utf8)).blocks
    }

    /// Nothing is missing, and nothing is there that nobody asks for.
    private func expectWholeSearch() throws {
        let named = try searchBlocks().flatMap { block in (0..<block[1]).map { "\(block[0])-\($0).js" } }
        let there = try FileSystem.list(layout.report.appending("search")).map(\.string)
        #expect(Set(there) == Set(named + ["index.js"]))
    }

    @Test func theSearchIsWholeAfterAMergeThatFailed() async throws {
        try addBundle("web-0123456789ab", text: "Hello")
        try await builder.build()
        #expect(try searchBlocks().map { $0[0] } == [0])
        // What was new is block 1; the two become block 2.
        let inTheWay = layout.report.appending("search").appending("2-0.js")
        try FileSystem.makeFolder(inTheWay)
        try FileSystem.makeFolder(inTheWay.appending("full"))
        try addBundle("web-0123456789ac", text: "Goodbye")
        await #expect(throws: SpoolError.self) { try await builder.build() }
        try FileSystem.remove(inTheWay)
        try await builder.build()
        try expectWholeSearch()
        #expect(try page("search/\(searchBlocks()[0][0])-0.js").contains("goodbye"))
        #expect(try page("search/\(searchBlocks()[0][0])-0.js").contains("hello"))
    }

    @Test func whatWasInALostFileOfTheSearchIsFoundAgain() async throws {
        try addBundle("web-0123456789ab", text: "Hello")
        try await builder.build()
        try AtomicFile.write(Data("spoil".utf8), to: layout.report.appending("search").appending("0-0.js"))
        try addBundle("web-0123456789ac", text: "Goodbye")
        try await builder.build()
        try expectWholeSearch()
        #expect(try !page("search/\(searchBlocks()[0][0])-0.js").contains("hello"))
        try await builder.build()
        try expectWholeSearch()
        #expect(try page("search/\(searchBlocks()[0][0])-0.js").contains("hello"))
    }

    @Test func channelsAndTagsHaveTheirPagesAndLoseThem() async throws {
        try addBundle("web-0123456789ab", text: "Hello")
        try await builder.build()
        let tag = "\(VideoLists.tagPath("x")).html"
        #expect(try page("tags.html").contains("href=\"\(tag)\"") && page(tag).contains("web-0123456789ab.html"))
        #expect(try page("channels.html").contains("No channels yet"))
        #expect(try page("videos/web-0123456789ab.html").contains("href=\"../\(tag)\""))
        try FileSystem.remove(layout.bundle("web-0123456789ab"))
        try await builder.build()
        #expect(!FileSystem.exists(layout.report.appending("tags").appending(String(tag.dropFirst(5)))))
        #expect(try page("videos.html").contains("No videos yet"))
    }

    @Test func aSiteThatSomebodyRemovedIsMadeAgain() async throws {
        try addBundle("web-0123456789ab", text: "Hello")
        try await builder.build()
        try FileSystem.remove(layout.report)
        try await builder.build()
        #expect(try page("videos/web-0123456789ab.html").contains("Hello") && page("search-text/0.js").contains("Hello"))
        try FileSystem.remove(layout.report)
        try await builder(SiteOptions()).build()
        #expect(try page("videos/web-0123456789ab.html").contains("Hello"))
    }
}
