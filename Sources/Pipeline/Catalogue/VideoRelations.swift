import Foundation
import SpoolFiles

/// Finds what a video has to do with others, in its metadata and in who commented on it.
enum VideoRelations {
    /// People of one video in the graph: those who wrote most.
    private static let peopleLimit = 1000

    /// People who commented, by their key.
    typealias Commenters = [String: (name: String, count: Int)]

    static func of(_ metadata: VideoMetadata, commenters: Commenters) -> Relations {
        var relations = Relations(videoID: metadata.videoID)
        relations.nodes.append(.init(.video, key: metadata.videoID, label: metadata.title, url: metadata.url))
        if let channel = metadata.channel {
            relations.add(
                .init(.channel, key: "\(metadata.site)/\(metadata.channelID ?? channel)", label: channel, url: metadata.channelURL),
                .published, isFromVideo: false)
        }
        for tag in unique(metadata.tags) { relations.add(.init(.tag, key: tag.lowercased(), label: tag), .hasTag) }
        for category in unique(metadata.categories ?? []) {
            relations.add(.init(.category, key: category.lowercased(), label: category), .inCategory)
        }
        if let playlist = metadata.playlist, let key = playlist.id ?? playlist.title {
            relations.add(.init(.playlist, key: "\(metadata.site)/\(key)", label: playlist.title ?? key), .inPlaylist)
        }
        if let series = metadata.series {
            relations.add(.init(.series, key: "\(metadata.site)/\(series.title)", label: series.title), .partOf)
        }
        for address in addresses(in: metadata.description ?? "") where address.videoID != metadata.videoID {
            let isVideo = address.site == "youtube" && !address.videoID.hasPrefix("web-")
            relations.add(.init(isVideo ? .video : .link, key: address.videoID, label: address.url, url: address.url), .linksTo)
        }
        let busiest = commenters.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.prefix(peopleLimit)
        for (key, person) in busiest {
            relations.add(
                .init(.person, key: "\(metadata.site)/\(key)", label: person.name), .commentedOn, isFromVideo: false, count: person.count)
        }
        return relations
    }

    /// Tags that differ only in their letters' case are one.
    private static func unique(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { !$0.trimmed.isEmpty && seen.insert($0.lowercased()).inserted }
    }

    /// Each address once, in the order of the text.
    private static func addresses(in text: String) -> [VideoAddress] {
        var seen: Set<String> = []
        return text.matches(of: /https?:\/\/[^\s<>"'\u{201C}\u{201D}]+/).compactMap { match in
            // What ends a sentence or a bracket does not belong to an address.
            var link = String(match.output)
            while let last = link.last, ".,;:!?)]}»".contains(last) { link.removeLast() }
            guard let address = try? VideoAddress(link), seen.insert(address.videoID).inserted else { return nil }
            return address
        }
    }
}
