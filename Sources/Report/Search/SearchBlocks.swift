/// Which videos stand together in the files of the search.
///
/// A search has to look into every block, so there must be few; a new video makes its block's files anew, so that block must be
/// small. Therefore two blocks of one size become one of the next, as in a log-structured merge tree (O'Neil et al., 1996). What was
/// deleted or changed is struck out, and leaves its block when that is made anew.
struct SearchBlocks: Codable, Hashable, Sendable {
    struct Entry: Codable, Hashable, Sendable {
        let video: String
        /// Of its manifest, in nanoseconds since 1970.
        let stamp: Int64
        /// The number of its first passage; those of the others follow. Never given twice.
        let first: Int
        let passages: Int
        /// Of text.
        let bytes: Int
    }

    struct Block: Codable, Hashable, Sendable {
        let id: Int
        let entries: [Entry]
        /// Files over which its terms are spread by their hashes: a power of two, so that a file's terms are those of some files of a
        /// greater block and of one file of a smaller one.
        let shards: Int
        /// The first passages of the entries that are struck out.
        fileprivate(set) var dead: Set<Int> = []

        /// Bytes of text, at most, whose terms share a file of some kB.
        private static let bytesOfShard = 48_000

        /// - Parameter entries: one or more.
        init(id: Int, entries: [Entry]) {
            self.id = id
            self.entries = entries
            let bytes = entries.reduce(0) { $0 + $1.bytes }
            var shards = 1
            while shards * Self.bytesOfShard < bytes { shards *= 2 }
            self.shards = shards
        }

        /// From its first passage to its last; others' may be between them.
        var passages: Range<Int> {
            (entries.lazy.map(\.first).min() ?? 0)..<(entries.lazy.map { $0.first + $0.passages }.max() ?? 0)
        }

        /// What its files were made from.
        var digest: UInt64 {
            var digest = SourceDigest()
            for number in [id, shards] + entries.lazy.map(\.first) { digest.add(Int64(number)) }
            return digest.finish()
        }

        var living: [Entry] { dead.isEmpty ? entries : entries.filter { !dead.contains($0.first) } }
        var struckOut: [Entry] { dead.isEmpty ? [] : entries.filter { dead.contains($0.first) } }
    }

    /// A block that is to be made of others.
    struct Merge: Sendable {
        let block: Block
        let parts: [Block]
    }

    private(set) var blocks: [Block] = []
    /// What no passage and no block is called yet.
    private(set) var nextPassage = 0
    private(set) var nextBlock = 0

    /// Entries that are not struck out.
    var entries: [Entry] { blocks.flatMap(\.living) }

    /// Strikes out what is not there any more, or is otherwise there.
    /// - Parameter stamps: of all videos.
    /// - Returns: the videos that are to be added.
    mutating func strikeOut(allBut stamps: [String: Int64]) -> Set<String> {
        var missing = stamps
        for place in blocks.indices {
            for entry in blocks[place].living {
                if missing[entry.video] == entry.stamp {
                    missing[entry.video] = nil
                } else {
                    blocks[place].dead.insert(entry.first)
                }
            }
        }
        return Set(missing.keys)
    }

    /// Forgets blocks whose files are not as they should be: their videos are to be added again.
    mutating func forget(where isLost: (Block) throws -> Bool) rethrows { try blocks.removeAll(where: isLost) }

    /// Adds blocks whose files are written, and puts blocks together where there are several of a size.
    /// - Parameters:
    ///   - nextPassage: what no passage of theirs is called.
    ///   - nextBlock: what none of them is called.
    /// - Returns: what has to be made.
    mutating func add(_ new: [Block], nextPassage: Int, nextBlock: Int) -> [Merge] {
        self.nextPassage = nextPassage
        self.nextBlock = nextBlock
        var bySize: [Int: [(parts: [Block], passages: Int)]] = [:]
        for block in blocks + new where !block.living.isEmpty {
            let passages = block.living.reduce(0) { $0 + $1.passages }
            bySize[Self.size(passages), default: []].append(([block], passages))
        }
        for size in 0..<Self.largest {
            while var group = bySize[size], group.count > 1 {
                let (one, other) = (group.removeFirst(), group.removeFirst())
                bySize[size] = group
                let passages = one.passages + other.passages
                bySize[Self.size(passages), default: []].append((one.parts + other.parts, passages))
            }
        }
        var merges: [Merge] = []
        blocks = []
        for (parts, _) in bySize.sorted(by: { $0.key > $1.key }).flatMap(\.value) {
            if parts.count == 1, parts[0].dead.count * 2 <= parts[0].entries.count {
                blocks.append(parts[0])
                continue
            }
            let block = Block(id: self.nextBlock, entries: parts.flatMap(\.living).sorted { $0.first < $1.first })
            self.nextBlock += 1
            blocks.append(block)
            merges.append(Merge(block: block, parts: parts))
        }
        return merges
    }

    /// Takes back a merge of which one part was lost; that part's videos are to be added again.
    mutating func undo(_ merge: Merge, without lost: Int) {
        blocks.removeAll { $0.id == merge.block.id }
        blocks += merge.parts.filter { $0.id != lost }
    }

    /// Passages of a block of size 0; one of the next size has up to twice as many.
    private static let smallest = 256
    /// Blocks of this size, of some ten thousand hours, are not put together.
    private static let largest = 9

    private static func size(_ passages: Int) -> Int {
        (0..<largest).first { passages <= smallest << $0 } ?? largest
    }
}
