import Synchronization
import SystemPackage

/// Takes up what is found of videos, and makes blocks of it. From any thread.
final class SearchIntake: Sendable {
    private struct State {
        var nextPassage: Int
        var nextBlock: Int
        var terms: SearchShards.Terms = [:]
        var entries: [SearchBlocks.Entry] = []
        var passages = 0
        var blocks: [SearchBlocks.Block] = []
    }

    private let root: FilePath
    private let state: Mutex<State>

    private let atOnce: Int

    /// - Parameters:
    ///   - blocks: those that are there.
    ///   - root: the site's folder; the search's folders below it are there.
    ///   - atOnce: passages whose terms are in memory at one time.
    init(behind blocks: SearchBlocks, root: FilePath, atOnce: Int = 2048) {
        self.atOnce = atOnce
        self.root = root
        state = Mutex(State(nextPassage: blocks.nextPassage, nextBlock: blocks.nextBlock))
    }

    /// - Parameter stamp: of its manifest, in nanoseconds since 1970.
    /// - Throws: if a file cannot be written.
    func add(_ passages: [SearchPassage], of video: String, stamp: Int64) throws -> SearchBlocks.Entry {
        let first = state.withLock { state in
            defer { state.nextPassage += passages.count }
            return state.nextPassage
        }
        for (place, passage) in passages.enumerated() {
            let path = SearchFiles.passage(first + place)
            try SitePublisher.put(SearchFiles.data(passage, first + place), at: path, below: root)
        }
        let weights = passages.map { $0.weights() }
        let entry = SearchBlocks.Entry(
            video: video, stamp: stamp, first: first, passages: passages.count, bytes: passages.reduce(0) { $0 + $1.bytes })
        let full = state.withLock { state in
            for (place, weights) in weights.enumerated() {
                for (term, weight) in weights {
                    state.terms[term, default: []].append(SearchPosting(passage: first + place, weight: weight))
                }
            }
            state.entries.append(entry)
            state.passages += passages.count
            return state.passages < atOnce ? nil : Self.takeBlock(&state)
        }
        if let (block, terms) = full { try SearchShards(block: block, root: root).write(terms) }
        return entry
    }

    /// Writes the rest.
    /// - Returns: the blocks that were made, and what no passage and no block is called yet.
    func finish() throws -> (blocks: [SearchBlocks.Block], nextPassage: Int, nextBlock: Int) {
        if let (block, terms) = state.withLock({ $0.entries.isEmpty ? nil : Self.takeBlock(&$0) }) {
            try SearchShards(block: block, root: root).write(terms)
        }
        return state.withLock { ($0.blocks, $0.nextPassage, $0.nextBlock) }
    }

    private static func takeBlock(_ state: inout State) -> (SearchBlocks.Block, SearchShards.Terms) {
        let block = SearchBlocks.Block(id: state.nextBlock, entries: state.entries)
        let terms = state.terms
        state.nextBlock += 1
        state.blocks.append(block)
        state.terms = [:]
        state.entries = []
        state.passages = 0
        return (block, terms)
    }
}
