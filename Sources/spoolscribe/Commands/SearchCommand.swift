import ArgumentParser
import Jobs
import Report
import SpoolFiles
import SystemPackage

struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find words in everything that is said, and in titles, descriptions, chapters and comments.",
        discussion: """
            All words must be there, in one line of what is said or one other text, in any form ("run" finds "running") and with or without accents; "words in quotation marks" in that order.
            The best come first, and it says if there are others. Each hit has the place in the report's page. With --json: one JSON value. Exit code 3 if nothing was found.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("Words, or \"a phrase\" in quotation marks.", valueName: "words"))
    var words: [String]

    @Option(help: ArgumentHelp("Only videos of this channel, by its name or id.", valueName: "name"))
    var channel: String?

    @Option(help: ArgumentHelp("Only videos with this tag.", valueName: "tag"))
    var tag: String?

    @Option(help: ArgumentHelp("Only videos of this day or later, such as 2026-01-31.", valueName: "day"))
    var since: String?

    @Option(help: ArgumentHelp("Only in these: title, description, chapter, comment, segment; may be repeated.", valueName: "kind"))
    var kind: [String] = []

    @Option(help: "How many at most.")
    var limit = 20

    @Flag(help: "Print JSON.")
    var json = false

    private static let limits = 1...1000

    private struct Answer: Encodable {
        struct Hit: Encodable {
            let videoID: String
            let title: String
            let kind: String
            let start: Double?
            let snippet: String
            let page: String

            private enum CodingKeys: String, CodingKey {
                case title, kind, start, snippet, page
                case videoID = "video_id"
            }
        }

        let query: String
        let hits: [Hit]
        /// Whether there are more than were asked for, among those that the store ranks.
        let hasMore: Bool

        private enum CodingKeys: String, CodingKey {
            case query, hits
            case hasMore = "has_more"
        }
    }

    func validate() throws {
        guard Self.limits.contains(limit) else {
            throw ValidationError("--limit is \(Self.limits.lowerBound) to \(Self.limits.upperBound)")
        }
        if let since, since.wholeMatch(of: /\d{4}-\d\d-\d\d/) == nil { throw ValidationError("--since is a day such as 2026-01-31") }
        for name in kind where SearchHit.Kind(rawValue: name) == nil {
            throw ValidationError("--kind is one of \(SearchHit.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    func run() async throws {
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        guard let store = settings.storeAtHand() else {
            throw CommandError.notReady(
                "the index is in the database \(settings.database.string), which is not at hand",
                hint:
                    "Run it on the daemon's machine as a user who may use it; if the file is lost, spoolscribe rebuild makes it anew. The texts in results/ can be searched from anywhere"
            )
        }
        var filter = SearchFilter()
        (filter.channel, filter.tag, filter.since) = (channel, tag, since)
        filter.kinds = Set(kind.compactMap(SearchHit.Kind.init))
        // Of several, one with spaces in it was a phrase before the shell took its quotation marks.
        let query = words.map { word in
            let isPhrase =
                words.count > 1 && word.contains(" ") && !word.unicodeScalars.contains(where: SearchWords.quotationMarks.contains)
            return isPhrase ? "\"\(word)\"" : word
        }.joined(separator: " ")
        let found = try await store.search(query, in: filter, limit: limit + 1)
        let hits = found.prefix(limit)
        if json {
            let answer = Answer(query: query, hits: hits.map { hit(of: $0, settings.layout) }, hasMore: found.count > limit)
            print(String(decoding: SpoolJSON.data(answer), as: UTF8.self), terminator: "")
        } else {
            for hit in hits { show(hit, settings.layout) }
            if found.count > limit {
                let whatToDo =
                    limit < Self.limits.upperBound
                    ? "--limit \(min(limit * 5, Self.limits.upperBound)) shows more" : "more words find fewer"
                Terminal.warn("These are the best \(limit); there are others: \(whatToDo)")
            }
        }
        if hits.isEmpty {
            throw CommandError.notFound(
                "nothing was found for \(query)",
                hint: query.contains(" ") ? "Fewer words find more" : "Is it spelled as in the transcripts?")
        }
    }

    private func hit(of hit: SearchHit, _ layout: SpoolLayout) -> Answer.Hit {
        .init(
            videoID: hit.videoID, title: hit.title, kind: hit.kind.rawValue, start: hit.start,
            snippet: Self.marked(hit.snippet, "**", "**"), page: page(hit, layout))
    }

    /// The report's page at that second.
    private func page(_ hit: SearchHit, _ layout: SpoolLayout) -> String {
        let place = hit.start.map { "#\(VideoPage.anchor($0))" } ?? ""
        return "\(layout.report.string)/videos/\(PageLink.path(VideoPage.name(hit.videoID)))\(place)"
    }

    private func show(_ hit: SearchHit, _ layout: SpoolLayout) {
        let time = hit.start.map { PeopleFormat.clock($0) } ?? hit.kind.rawValue
        print("\(Terminal.bold(Terminal.plain(hit.title)))  \(Terminal.dim(hit.videoID))")
        let pieces = hit.snippet.split(separator: SearchHit.marks.open, omittingEmptySubsequences: false)
        var line = Terminal.plain(String(pieces.first ?? ""))
        for piece in pieces.dropFirst() {
            let parts = piece.split(separator: SearchHit.marks.close, maxSplits: 1, omittingEmptySubsequences: false)
            line += Terminal.found(Terminal.plain(String(parts[0]))) + Terminal.plain(parts.count > 1 ? String(parts[1]) : "")
        }
        print("  \(Terminal.column(time, 9)) \(line)")
        print("  \(Terminal.column("", 9)) \(Terminal.dim(page(hit, layout)))")
    }

    private static func marked(_ snippet: String, _ open: String, _ close: String) -> String {
        snippet.replacing(String(SearchHit.marks.open), with: open).replacing(String(SearchHit.marks.close), with: close)
    }
}
