import SpoolFiles

/// What every page of a round has around its contents.
struct PageFrame: Sendable {
    let version: String
    let now: Timestamp
    let title: String
    /// The picture's file at the root of the site.
    let logo: String?
    let footer: String?

    /// - Parameters:
    ///   - kind: which of the site's parts the page belongs to.
    ///   - root: from the page to the site's root: empty, or `../`.
    func context(_ title: String, _ kind: String, root: String) -> [String: Any] {
        var context: [String: Any] = [
            "title": title, "root": root, "site_title": self.title, "generated_at": PeopleFormat.moment(now),
            "generated_at_iso": now.rfc3339, "version": version, "is_\(kind)": true, "script": true,
        ]
        context["logo"] = logo
        context["footer"] = footer
        return context
    }
}
