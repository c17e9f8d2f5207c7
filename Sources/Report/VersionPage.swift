import SpoolFiles

/// The context of a page on which another version of a transcript stands beside the current one, line by line.
struct VersionPage {
    let bundle: BundleReader
    let id: String
    let other: Transcript

    /// Lines of a page; of longer transcripts those alone that differ.
    private static let limit = 1000

    /// Relative to the site.
    static func path(_ videoID: String, version: String) -> String { "versions/\(videoID)_\(version).html" }

    /// What stands in both columns beside each other.
    struct Row: Equatable {
        /// Seconds.
        let start: Double
        var other = ""
        var current = ""

        /// Capitals and signs aside.
        var isSame: Bool { Self.words(other) == Self.words(current) }

        private static func words(_ text: String) -> [String] {
            text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        }
    }

    /// A row for each segment of the current transcript; what the other one has stands in the row in whose time its middle lies.
    static func rows(_ other: [Transcript.Segment], _ current: [Transcript.Segment]) -> [Row] {
        var rows = current.map { Row(start: $0.start, current: $0.text.trimmed) }
        guard !rows.isEmpty else { return other.map { Row(start: $0.start, other: $0.text.trimmed) } }
        var place = 0
        for segment in other {
            let middle = (segment.start + segment.end) / 2
            while place + 1 < rows.count, rows[place + 1].start <= middle { place += 1 }
            rows[place].other += (rows[place].other.isEmpty ? "" : " ") + segment.text.trimmed
        }
        return rows
    }

    func context(_ templates: PageTemplates) throws -> PageContext {
        let videoID = bundle.metadata.videoID
        let rows = Self.rows(other.segments, bundle.transcript.segments)
        let different = rows.filter { !$0.isSame }
        let shown = rows.count > Self.limit ? different : rows
        let video = "../videos/\(PageLink.path(VideoPage.name(videoID)))"
        return [
            "title": PeopleFormat.short(bundle.metadata.title), "video_href": video,
            "other": Self.heading(other.provenance), "current": Self.heading(bundle.transcript.provenance),
            "summary": "\(PeopleFormat.count(different.count)) of \(PeopleFormat.count(rows.count)) lines differ",
            "cut": shown.count > Self.limit ? PeopleFormat.count(shown.count - Self.limit) : "",
            "is_cut": shown.count > Self.limit, "only_different": shown.count < rows.count,
            "restore": "{\"version\": \"\(id)\"}", "video_id": videoID,
            "lines": try templates.list(
                .pair,
                shown.prefix(Self.limit).map { row in
                    [
                        "label": PeopleFormat.clock(row.start), "href": "\(video)#\(VideoPage.anchor(row.start))", "other": row.other,
                        "current": row.current, "differs": !row.isSame,
                    ]
                }),
        ]
    }

    private static func heading(_ provenance: Transcript.Provenance) -> PageContext {
        ["maker": PeopleFormat.maker(provenance), "made": PeopleFormat.moment(provenance.createdAt)]
    }
}
