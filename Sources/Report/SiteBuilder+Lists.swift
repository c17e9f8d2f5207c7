import SpoolFiles

extension SiteBuilder {
    private static let videosPerPage = 60
    private static let namesPerPage = 500

    /// The pages on which videos are listed, and those that list channels and tags.
    func buildLists(_ lists: VideoLists, _ frame: PageFrame) throws {
        for list in [lists.all] + lists.channels + lists.tags { try build(list, of: lists.cards, frame) }
        try buildNames(lists.channels, "Channels", at: "channels", frame)
        try buildNames(lists.tags, "Tags", at: "tags", frame)
    }

    private func build(_ list: VideoList, of all: [VideoCard], _ frame: PageFrame) throws {
        let numbers = list.places.map { all[$0].addedAt.milliseconds }
        let root = list.kind == .all ? "" : "../"
        for part in PagedList(path: list.path, numbers: numbers, limit: Self.videosPerPage).parts {
            let cards = list.places[part.entries].map { all[$0] }
            var source = SourceDigest()
            for card in cards {
                source.add(card.id)
                source.add(card.modified)
            }
            part.add(to: &source)
            source.add(list.title)
            if part.isFront { source.add(Int64(numbers.count)) }
            let digest = source.finish()
            if list.kind == .all, publisher.needs(MachinePath.twin(of: part.path), from: digest) {
                try writeTwin(of: part, total: numbers.count, from: digest, cards.reversed().map(MachineVideo.init))
            }
            guard publisher.needs(part.path, from: digest) else { continue }
            var context: [String: Any] = [
                "page": frame.context(list.title, list.kind == .all ? "videos" : "\(list.kind.rawValue)s", root: root),
                "title": list.title, "has_videos": !cards.isEmpty,
                "videos": try templates.list(.card, cards.reversed().map { $0.context(root: root) }),
                "is_\(list.kind.rawValue)": true,
            ]
            if part.isFront {
                context["page_label"] =
                    cards.count < numbers.count
                    ? "the newest \(cards.count) of \(PeopleFormat.count(numbers.count))" : "\(cards.count) in all"
            } else if let first = cards.first, let last = cards.last {
                context["page_label"] = "added \(PeopleFormat.date(first.addedAt.day)) to \(PeopleFormat.date(last.addedAt.day))"
            }
            part.addLinks(to: &context)
            if list.kind == .all, part.isFront { context["feed"] = "feed.xml" }
            if list.kind == .channel, part.isFront { context["feed"] = "\(list.path.split(separator: "/").last ?? "").xml" }
            try publisher.write(try templates.render(.videos, context), at: part.path, from: digest)
        }
    }

    /// Writes what a page of a list shows once more, for scripts.
    func writeTwin(of part: PagedList.Part, total: Int, from digest: UInt64, _ entries: [some Encodable]) throws {
        let list = MachineList(total: part.isFront ? total : nil, entries: entries, older: part.older.map(MachinePath.twin))
        try publisher.write(SpoolJSON.data(list), at: MachinePath.twin(of: part.path), from: digest)
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
            var context: [String: Any] = [
                "page": frame.context(title, path, root: ""), "title": title, "has_names": !shown.isEmpty,
                "names": shown.map { list -> [String: Any] in
                    [
                        "title": list.title, "href": "\(PageLink.path(list.path)).html",
                        "count": "\(PeopleFormat.count(list.places.count)) video\(list.places.count == 1 ? "" : "s")",
                    ]
                },
                "page_label": "\(PeopleFormat.count(lists.count)) in all, page \(page + 1) of \(count)", "is_\(path)": true,
            ]
            if page > 0 { context["newer"] = ["href": name(page - 1), "label": "Back"] }
            if page + 1 < count { context["older"] = ["href": name(page + 1), "label": "Further"] }
            try publisher.write(try templates.render(.names, context), at: name(page), from: digest)
        }
    }
}
