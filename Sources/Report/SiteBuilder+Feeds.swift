import Foundation
import SpoolFiles

extension SiteBuilder {
    private static let newest = 50

    /// Atom feeds (RFC 4287) of all and of each channel; with an address also a podcast (RSS 2.0) and a site map.
    func buildFeeds(_ lists: VideoLists, _ frame: PageFrame) throws {
        for list in [lists.all] + lists.channels {
            let cards = list.places.suffix(Self.newest).reversed().map { lists.cards[$0] }
            let path = list.kind == .all ? "feed.xml" : "\(list.path).xml"
            let root = options.address ?? (list.kind == .all ? "" : "../")
            try publishFeed(.feed, cards, list.kind == .all ? frame.siteTitle : "\(list.title) – \(frame.siteTitle)", at: path, root: root)
        }
        guard let address = options.address else { return }
        let spoken = lists.cards.suffix(Self.newest * 4).reversed().filter { $0.sound != nil }
        try publishFeed(.podcast, Array(spoken), frame.siteTitle, at: "podcast.xml", root: address)
        var source = Self.digest(of: lists.cards)
        source.add(address)
        let digest = source.finish()
        if publisher.needs("sitemap.xml", from: digest) {
            let context: PageContext = [
                "pages": ["index.html", "videos.html", "channels.html", "tags.html"].map { ["address": address + $0] as PageContext }
                    + lists.cards.map { card -> PageContext in
                        ["address": "\(address)videos/\(PageLink.path(VideoPage.name(card.id)))", "changed": card.changedAt.rfc3339]
                    }
            ]
            try publisher.write(try templates.render(.sitemap, context), at: "sitemap.xml", from: digest)
        }
    }

    private func publishFeed(_ page: PageTemplates.Page, _ cards: [VideoCard], _ title: String, at path: String, root: String) throws {
        var source = Self.digest(of: cards)
        source.add(title)
        source.add(root)
        let digest = source.finish()
        guard publisher.needs(path, from: digest) else { return }
        let context: PageContext = [
            "title": title, "root": root, "name": path, "updated": (cards.map(\.changedAt).max() ?? Timestamp(milliseconds: 0)).rfc3339,
            "entries": cards.map { $0.feedEntry(root: root) },
        ]
        try publisher.write(try templates.render(page, context), at: path, from: digest)
    }

    static func digest(of cards: [VideoCard]) -> SourceDigest {
        var source = SourceDigest()
        for card in cards {
            source.add(card.id)
            source.add(card.modified)
        }
        return source
    }
}

extension VideoCard {
    /// When its bundle changed last.
    var changedAt: Timestamp { Timestamp(milliseconds: modified / 1_000_000) }

    /// - Parameter root: of the site, as seen from the feed.
    fileprivate func feedEntry(root: String) -> PageContext {
        var entry: PageContext = [
            "id": id, "title": title, "href": "\(root)videos/\(PageLink.path(VideoPage.name(id)))", "updated": changedAt.rfc3339,
            "published": addedAt.rfc3339, "published_rfc822": Self.rfc822(addedAt), "duration": PeopleFormat.clock(duration),
        ]
        entry["author"] = channel
        entry["summary"] = excerpt
        entry["tags"] = tags.map { ["title": $0] as PageContext }
        if let sound {
            // The bundles lie beside the site.
            entry["sound"] =
                [
                    "href": "\(root)../videos/\(PageLink.path("\(id)/\(sound.path)"))", "bytes": "\(sound.bytes)",
                    "type": VideoPage.mediaType(sound.path, isVideo: false) ?? "audio/mpeg",
                ] as PageContext
        }
        return entry
    }

    /// "Wed, 25 Nov 2026 10:14:00 GMT", as RSS wants it.
    private static func rfc822(_ time: Timestamp) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let seconds = time.milliseconds / 1000
        let date = PeopleFormat.date(time.day)
        return "\(days[Int(seconds / 86_400 % 7)]), \(date.count < 11 ? "0" : "")\(date) \(time.rfc3339.dropFirst(11).prefix(8)) GMT"
    }
}
