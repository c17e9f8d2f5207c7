import Foundation

/// Videos that are listed together: all of them, those of one channel, or those with one tag.
struct VideoList: Sendable {
    enum Kind: String { case all, channel, tag }

    let kind: Kind
    let title: String
    /// Of its front, relative to the site, without its extension.
    let path: String
    /// Places in `VideoLists.cards`, oldest first.
    fileprivate(set) var places: [Int] = []
}

/// All videos, and how they are listed.
struct VideoLists: Sendable {
    /// Oldest first.
    let cards: [VideoCard]
    let all: VideoList
    /// By their titles.
    let channels: [VideoList]
    let tags: [VideoList]

    init(_ unsorted: some Sequence<VideoCard>) {
        cards = unsorted.sorted { ($0.addedAt, $0.id) < ($1.addedAt, $1.id) }
        var all = VideoList(kind: .all, title: "Videos", path: "videos")
        all.places = Array(cards.indices)
        self.all = all
        channels = Self.lists(.channel, cards) { card in
            zip([card.channelPath].compactMap { $0 }, [card.channel].compactMap { $0 })
        }
        tags = Self.lists(.tag, cards) { zip($0.tagPaths, $0.tags) }
    }

    /// Where the videos of a channel are listed. Channels of the same name with different ids are different ones.
    static func channelPath(_ name: String, id: String?) -> String { "channels/\(fileName(name, key: id ?? name))" }

    static func tagPath(_ tag: String) -> String { "tags/\(fileName(tag, key: tag.lowercased()))" }

    private static func lists(
        _ kind: VideoList.Kind, _ cards: [VideoCard], _ names: (VideoCard) -> Zip2Sequence<[String], [String]>
    ) -> [VideoList] {
        var lists: [String: VideoList] = [:]
        for (place, card) in cards.enumerated() {
            for (path, title) in names(card) {
                // A tag may be there twice, in other letters.
                if lists[path]?.places.last == place { continue }
                lists[path, default: VideoList(kind: kind, title: title, path: path)].places.append(place)
            }
        }
        let sorted = lists.values.map { (key: $0.title.lowercased(), list: $0) }
        return sorted.sorted { ($0.key, $0.list.path) < ($1.key, $1.list.path) }.map(\.list)
    }

    /// A name that people recognise, that every file system takes, and that no other key has.
    static func fileName(_ name: String, key: String) -> String {
        var words = ""
        for byte in name.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil).utf8 where words.utf8.count < 40 {
            let isPlain = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if isPlain {
                words.unicodeScalars.append(Unicode.Scalar(byte))
            } else if !words.isEmpty, words.last != "-" {
                words += "-"
            }
        }
        var digest = SourceDigest()
        digest.add(key)
        let mark = String(digest.finish() & 0xffff_ffff, radix: 16)
        return "\(words)\(words.isEmpty || words.last == "-" ? "" : "-")\(String(repeating: "0", count: 8 - mark.count))\(mark)"
    }
}
