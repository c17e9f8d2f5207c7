import Logging
import SpoolFiles

/// The context of a page on which an earlier version of a transcript stands beside the current one, line by line.
struct VersionPage {
    let bundle: BundleReader
    let earlier: TranscriptVersions.Version

    /// Lines of a page; of longer transcripts those alone that differ.
    private static let limit = 1000

    /// Relative to the site.
    static func path(_ videoID: String, version: String) -> String { "versions/\(videoID)_\(version).html" }

    /// What stands in both columns beside each other.
    struct Row: Equatable {
        /// Seconds.
        let start: Double
        var earlier = ""
        var current = ""

        /// Capitals and signs aside.
        var isSame: Bool { Self.words(earlier) == Self.words(current) }

        private static func words(_ text: String) -> [String] {
            text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        }
    }

    /// A row for each segment of the current transcript; what the earlier one has stands in the row in whose time its middle lies.
    static func rows(_ earlier: [Transcript.Segment], _ current: [Transcript.Segment]) -> [Row] {
        var rows = current.map { Row(start: $0.start, current: $0.text.trimmed) }
        guard !rows.isEmpty else { return earlier.map { Row(start: $0.start, earlier: $0.text.trimmed) } }
        var place = 0
        for segment in earlier {
            let middle = (segment.start + segment.end) / 2
            while place + 1 < rows.count, rows[place + 1].start <= middle { place += 1 }
            rows[place].earlier += (rows[place].earlier.isEmpty ? "" : " ") + segment.text.trimmed
        }
        return rows
    }

    func context(_ templates: PageTemplates) throws -> [String: Any] {
        let id = bundle.metadata.videoID
        let rows = Self.rows(earlier.transcript.segments, bundle.transcript.segments)
        let different = rows.filter { !$0.isSame }
        let shown = rows.count > Self.limit ? different : rows
        let video = "../videos/\(PageLink.path(VideoPage.name(id)))"
        return [
            "title": PeopleFormat.short(bundle.metadata.title), "video_href": video,
            "earlier": Self.heading(earlier.transcript.provenance), "current": Self.heading(bundle.transcript.provenance),
            "summary": "\(PeopleFormat.count(different.count)) of \(PeopleFormat.count(rows.count)) lines differ",
            "cut": shown.count > Self.limit ? PeopleFormat.count(shown.count - Self.limit) : "",
            "is_cut": shown.count > Self.limit, "only_different": shown.count < rows.count,
            "restore": "{\"version\": \"\(earlier.id)\"}", "video_id": id,
            "lines": try templates.list(
                .pair,
                shown.prefix(Self.limit).map { row in
                    [
                        "label": PeopleFormat.clock(row.start), "href": "\(video)#\(VideoPage.anchor(row.start))", "earlier": row.earlier,
                        "current": row.current, "differs": !row.isSame,
                    ]
                }),
        ]
    }

    private static func heading(_ provenance: Transcript.Provenance) -> [String: Any] {
        ["maker": PeopleFormat.maker(provenance), "made": PeopleFormat.moment(provenance.createdAt)]
    }
}

extension SiteBuilder {
    /// A page for each version that a transcript has replaced.
    func buildVersions(_ frame: PageFrame) async throws {
        var stale: [StaleFiles] = []
        for card in cards.values {
            for version in card.versions {
                let path = VersionPage.path(card.id, version: version)
                let source = SourceDigest.quick(path, card.modified, 0)
                guard publisher.needs(path, from: source) else { continue }
                stale.append(
                    StaleFiles(source: source) { [self] in
                        let bundle = layout.bundle(card.id)
                        guard let page = try? BundleReader(bundle), let earlier = try? page.versions().first(where: { $0.id == version })
                        else {
                            logger.warning("a version cannot be shown", metadata: ["bundle": "\(bundle)", "version": "\(version)"])
                            return []
                        }
                        var context = try VersionPage(bundle: page, earlier: earlier).context(templates)
                        context["page"] = frame.context(page.metadata.title, "video", root: "../")
                        return [(path, try templates.render(.version, context))]
                    })
            }
        }
        if !stale.isEmpty { try publisher.makeFolder(of: VersionPage.path("", version: "")) }
        try await make(stale)
    }
}
