/// Which videos stand together in the files of the search.
///
/// A search has to look into every block, so there must be few; a new video makes its block's files anew, so that block must be
/// small. Therefore blocks grow in steps: four of one size become one of the next, as in a log-structured merge tree (O'Neil et al.,
/// 1996). What was deleted or changed is struck out, and leaves its block when that is made anew.
struct SearchBlocks: Codable, Hashable, Sendable {
    struct Entry: Codable, Hashable, Sendable {
        /// By which postings and passages name it; never given twice.
        let number: Int
        let video: String
        /// Of its manifest, in nanoseconds since 1970.
        let stamp: Int64
        let passages: Int
        /// Of text.
        let bytes: Int
    }

    struct Block: Codable, Hashable, Sendable {
        let id: Int
        fileprivate(set) var entries: [Entry]
        /// Numbers of entries that are struck out.
        fileprivate(set) var dead: [Int] = []

        /// Files over which its terms are spread: some kB each, whatever their number.
        var shards: Int { max(1, entries.reduce(0) { $0 + $1.bytes } / 6000) }

        /// Another digest, other files.
        var digest: UInt64 {
            var digest = SourceDigest()
            digest.add(Int64(id))
            digest.add(Int64(shards))
            for entry in entries {
                digest.add(Int64(entry.number))
                digest.add(entry.video)
                digest.add(entry.stamp)
            }
            return digest.finish()
        }

        /// Those that are not struck out.
        var living: [Entry] {
            if dead.isEmpty { return entries }
            let dead = Set(dead)
            return entries.filter { !dead.contains($0.number) }
        }

        fileprivate var level: Int { SearchBlocks.sizes.firstIndex { entries.count <= $0 } ?? SearchBlocks.sizes.count }
    }

    /// Videos of a block at each level; there are at most three full ones of each but the last.
    private static let sizes = [32, 128, 512, 2048]
    private static let fanOut = 4

    private(set) var blocks: [Block] = []
    private var nextNumber = 0
    private var nextBlock = 0

    /// Entries that are not struck out.
    var entries: [Entry] {
        blocks.flatMap(\.living)
    }

    /// Strikes out what is not there any more, or is otherwise there.
    /// - Parameter stamps: of all videos.
    /// - Returns: the videos that are to be added.
    mutating func strikeOut(allBut stamps: [String: Int64]) -> [String] {
        var missing = stamps
        for place in blocks.indices {
            let dead = Set(blocks[place].dead)
            for entry in blocks[place].entries where !dead.contains(entry.number) {
                if missing[entry.video] == entry.stamp {
                    missing[entry.video] = nil
                } else {
                    blocks[place].dead.append(entry.number)
                }
            }
        }
        return missing.keys.sorted()
    }

    mutating func takeNumber() -> Int {
        defer { nextNumber += 1 }
        return nextNumber
    }

    /// Adds entries, and puts blocks together where there are many.
    mutating func add(_ new: [Entry]) {
        var pool = new
        // The block that is not full yet takes what comes; one with little left in it is made anew.
        blocks.removeAll { block in
            let isOpen = block.entries.count < Self.sizes[0] && !new.isEmpty
            guard isOpen || block.dead.count * 2 > block.entries.count else { return false }
            pool = block.living + pool
            return true
        }
        for size in Self.sizes.reversed() {
            while pool.count >= size {
                append(Array(pool.prefix(size)))
                pool.removeFirst(size)
            }
        }
        if !pool.isEmpty { append(pool) }
        merge()
    }

    private mutating func merge() {
        for level in Self.sizes.indices.dropLast() {
            let full = blocks.filter { $0.level == level && $0.entries.count > (level == 0 ? Self.sizes[0] - 1 : 0) }
            guard full.count >= Self.fanOut else { continue }
            let merged = full.prefix(Self.fanOut)
            let ids = Set(merged.map(\.id))
            blocks.removeAll { ids.contains($0.id) }
            append(
                merged.flatMap(\.living))
            return merge()
        }
    }

    private mutating func append(_ entries: [Entry]) {
        if entries.isEmpty { return }
        blocks.append(Block(id: nextBlock, entries: entries))
        nextBlock += 1
    }
}
