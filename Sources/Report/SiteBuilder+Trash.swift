import Jobs
import SpoolFiles

extension SiteBuilder {
    private static let path = "trash.html"
    private static let shown = 200

    /// The page of what was deleted and can be restored.
    /// - Returns: how much there is.
    func buildTrash(_ frame: PageFrame) async throws -> Int {
        let (count, latest) = try await store.trash(limit: Self.shown)
        var source = SourceDigest()
        for item in latest {
            for text in [item.id, item.title, item.deletedBy ?? ""] { source.add(text) }
            source.add(item.deletedAt.milliseconds)
        }
        source.add(Int64(count))
        source.add("\(options.keepTrash)")
        let digest = source.finish()
        // Its time of making is no reason to write it again.
        guard publisher.needs(Self.path, from: digest) else { return count }
        let items = latest.map { item -> PageContext in
            var entry: PageContext = [
                "id": item.id, "title": PeopleFormat.short(item.title), "when": PeopleFormat.moment(item.deletedAt),
                "when_iso": item.deletedAt.rfc3339,
            ]
            entry["by"] = item.deletedBy.flatMap { $0.isEmpty ? nil : $0 }
            if options.keepTrash > 0 {
                let end = item.deletedAt.adding(seconds: options.keepTrash * 86_400)
                entry["until"] = PeopleFormat.date(end.day)
                entry["until_iso"] = end.day
            }
            return entry
        }
        var context: PageContext = [
            "page": frame.context("Trash", "trash", root: ""), "items": items, "has_items": !items.isEmpty,
        ]
        context["example"] = latest.first?.id
        if count > items.count { context["more"] = PeopleFormat.count(count - items.count) }
        try publisher.write(try templates.render(.trash, context), at: Self.path, from: digest)
        return count
    }
}
