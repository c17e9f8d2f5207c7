import SpoolFiles

/// What every page of a round has around its contents: made once for each part of the site, since it is most of a small page.
struct PageFrame: Sendable {
    /// The parts of the site, by which the pages' heads differ.
    private static let kinds = ["index", "videos", "channels", "tags", "jobs", "search", "about", "paused", "trash", "video", "job"]
    /// Stands around the names of what differs from page to page.
    private static let mark = Mark()

    let version: String
    let now: Timestamp
    /// No daemon works on the spool: what was worked on is interrupted.
    let isStopped: Bool
    let siteTitle: String
    /// By kind and root; every second piece is the name of what stands in its place.
    private var heads: [String: [String]] = [:]
    private var foots: [String: String] = [:]

    /// - Parameter logo: the picture's file at the root of the site.
    init(
        _ templates: PageTemplates, version: String, now: Timestamp, isStopped: Bool = false, options: SiteOptions, logo: String?
    ) throws {
        self.version = version
        self.now = now
        self.isStopped = isStopped
        siteTitle = options.title
        for kind in Self.kinds {
            for root in ["", "../"] {
                var page: PageContext = [
                    "title": "\(Self.mark.text)title\(Self.mark.text)", "live": "\(Self.mark.text)live\(Self.mark.text)", "root": root,
                    "site_title": options.title,
                    "generated_at": PeopleFormat.moment(now), "generated_at_iso": now.rfc3339, "version": version, "is_\(kind)": true,
                ]
                page["logo"] = logo
                page["footer"] = options.footer
                heads[kind + root] = Self.mark.pieces(of: String(decoding: try templates.render(.head, ["page": page]), as: UTF8.self))
                foots[kind + root] = String(decoding: try templates.render(.foot, ["page": page]), as: UTF8.self)
            }
        }
    }

    /// - Parameters:
    ///   - kind: which of the site's parts the page belongs to.
    ///   - root: from the page to the site's root: empty, or `../`.
    ///   - live: what the page's script is to follow: `overview`, or the id of a job.
    func context(_ title: String, _ kind: String, root: String, live: String = "") -> PageContext {
        var head = ""
        for (place, piece) in (heads[kind + root] ?? []).enumerated() {
            head += place % 2 == 0 ? piece : piece == "live" ? live : PageEscaping().escapeText(title)
        }
        return ["root": root, "head": head, "foot": foots[kind + root] ?? ""]
    }
}
