/// How a list is cut into pages: a front with the newest, and, where these are not all, pages that hold the whole list.
struct PagedList {
    /// A page of the list.
    struct Part {
        /// Relative to the site.
        let path: String
        /// Places in the list.
        let entries: Range<Int>
        /// The pages beside it, by their names in its folder.
        let newer: String?
        let older: String?
        let isFront: Bool
    }

    /// The front first.
    let parts: [Part]

    /// - Parameters:
    ///   - path: of the front, without its extension: `jobs`, `tags/bridges-0a1b2c3d`.
    ///   - numbers: of all entries, oldest first, as `PageRanges` takes them.
    ///   - limit: entries of a page at most.
    init(path: String, numbers: [Int64], limit: Int) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let folder = path.dropLast(name.count)
        func page(_ range: PageRanges.Page) -> String { "\(name)-from-\(range.first).html" }
        let ranges = numbers.count > limit ? PageRanges.pages(of: numbers, limit: limit) : []
        let newest = max(0, numbers.count - limit)..<numbers.count
        var parts = [
            Part(
                path: "\(path).html", entries: newest, newer: nil,
                older: ranges.last { $0.entries.lowerBound < newest.lowerBound }.map(page), isFront: true)
        ]
        for (place, range) in ranges.enumerated() {
            parts.append(
                Part(
                    path: "\(folder)\(page(range))", entries: range.entries,
                    newer: place + 1 < ranges.count ? page(ranges[place + 1]) : "\(name).html",
                    older: place > 0 ? page(ranges[place - 1]) : nil, isFront: false))
        }
        self.parts = parts
    }
}

extension PagedList.Part {
    /// For the templates' links between pages.
    func addLinks(to context: inout PageContext) {
        context["newer"] = newer.map { ["href": $0, "label": "Newer"] as PageContext }
        context["older"] = older.map { ["href": $0, "label": "Older"] as PageContext }
    }

    /// Which entries of a list it shows.
    /// - Parameter span: from when to when they are.
    func label(of total: Int, span: String?) -> String? {
        guard isFront else { return span }
        return entries.count < total ? "the newest \(entries.count) of \(PeopleFormat.count(total))" : "\(entries.count) in all"
    }

    /// What the page is made from, besides its entries.
    func add(to source: inout SourceDigest) {
        source.add(newer ?? "")
        source.add(older ?? "")
    }
}
