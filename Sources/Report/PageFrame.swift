import SpoolFiles

/// What every page of a round has around its contents.
struct PageFrame: Sendable {
    let version: String
    let now: Timestamp

    /// - Parameters:
    ///   - kind: which of the site's parts the page belongs to.
    ///   - root: from the page to the site's root: empty, or `../`.
    func context(_ title: String, _ kind: String, root: String) -> [String: Any] {
        [
            "title": title, "root": root, "site_title": "Spoolscribe", "generated_at": PeopleFormat.moment(now),
            "generated_at_iso": now.rfc3339, "version": version, "is_\(kind)": true, "script": true,
        ]
    }
}
