import Foundation
import SpoolFiles

extension SiteBuilder {
    private static let videosPerPage = 60
    private static let namesPerPage = 500

    /// The pages on which videos are listed, and those that list channels and tags.
    func buildLists(_ lists: VideoLists, _ frame: PageFrame) async throws {
        let all = [lists.all] + lists.channels + lists.tags
        for list in all { try publisher.makeFolder(of: list.path) }
        try await make(all.flatMap { staleParts(of: $0, in: lists.cards, frame) })
        try buildNames(lists.channels, "Channels", at: "channels", frame)
        try buildNames(lists.tags, "Tags", at: "tags", frame)
    }

    private func staleParts(of list: VideoList, in all: [VideoCard], _ frame: PageFrame) -> [StaleFiles] {
        let numbers = list.places.map { all[$0].addedAt.milliseconds }
        return PagedList(path: list.path, numbers: numbers, limit: Self.videosPerPage).parts.compactMap { part in
            let cards = list.places[part.entries].map { all[$0] }
            var source = Self.digest(of: cards)
            part.add(to: &source)
            source.add(list.title)
            if part.isFront { source.add(Int64(numbers.count)) }
            let digest = source.finish()
            let isStale = publisher.needs(part.path, from: digest)
            let hasTwin = list.kind == .all && publisher.needs(MachinePath.twin(of: part.path), from: digest)
            guard isStale || hasTwin else { return nil }
            return StaleFiles(source: digest) { [templates] in
                var files: [(path: String, data: Data)] = []
                if hasTwin { files.append(MachinePath.twin(of: part, total: numbers.count, cards.reversed().map(MachineVideo.init))) }
                if isStale {
                    let context = try Self.context(of: part, list, cards, total: numbers.count, templates, frame)
                    files.append((part.path, try templates.render(.videos, context)))
                }
                return files
            }
        }
    }

    private static func context(
        of part: PagedList.Part, _ list: VideoList, _ cards: [VideoCard], total: Int, _ templates: PageTemplates, _ frame: PageFrame
    ) throws -> PageContext {
        let root = list.kind == .all ? "" : "../"
        var context: PageContext = [
            "page": frame.context(list.title, list.kind == .all ? "videos" : "\(list.kind.rawValue)s", root: root),
            "title": list.title, "has_videos": !cards.isEmpty,
            "videos": try templates.list(.card, cards.reversed().map { $0.context(root: root) }),
            "is_\(list.kind.rawValue)": true,
        ]
        context["page_label"] = part.label(
            of: total,
            span: cards.first.map { "added \(PeopleFormat.date($0.addedAt.day)) to \(PeopleFormat.date((cards.last ?? $0).addedAt.day))" })
        part.addLinks(to: &context)
        if list.kind == .all, part.isFront { context["feed"] = "feed.xml" }
        if list.kind == .channel, part.isFront { context["feed"] = "\(list.path.split(separator: "/").last ?? "").xml" }
        return context
    }

    private func buildNames(_ lists: [VideoList], _ title: String, at path: String, _ frame: PageFrame) throws {
        let count = max(1, (lists.count + Self.namesPerPage - 1) / Self.namesPerPage)
        func name(_ page: Int) -> String { page == 0 ? "\(path).html" : "\(path)-\(page + 1).html" }
        for page in 0..<count {
            let shown = lists.dropFirst(page * Self.namesPerPage).prefix(Self.namesPerPage)
            var source = SourceDigest()
            for list in shown {
                source.add(list.path)
                source.add(list.title)
                source.add(Int64(list.places.count))
            }
            source.add(Int64(count))
            source.add(Int64(lists.count))
            let digest = source.finish()
            guard publisher.needs(name(page), from: digest) else { continue }
            var context: PageContext = [
                "page": frame.context(title, path, root: ""), "title": title, "has_names": !shown.isEmpty,
                "names": shown.map { list -> PageContext in
                    [
                        "title": list.title, "href": "\(PageLink.path(list.path)).html",
                        "count": "\(PeopleFormat.count(list.places.count)) video\(list.places.count == 1 ? "" : "s")",
                    ]
                },
                "page_label": "\(PeopleFormat.count(lists.count)) in all\(count > 1 ? ", page \(page + 1) of \(count)" : "")",
                "is_\(path)": true,
            ]
            if page > 0 { context["newer"] = ["href": name(page - 1), "label": "Back"] as PageContext }
            if page + 1 < count { context["older"] = ["href": name(page + 1), "label": "Further"] as PageContext }
            try publisher.write(try templates.render(.names, context), at: name(page), from: digest)
        }
    }
}
