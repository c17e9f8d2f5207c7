import Foundation
import SpoolFiles
import SystemPackage

/// The files in which a block's terms stand, each with the passages that have it.
struct SearchShards {
    typealias Terms = [String: [SearchPosting]]

    /// A file is not there, or is not as it was written.
    struct Lost: Error {
        let block: Int
        let path: FilePath
    }

    let block: SearchBlocks.Block
    /// The site's folder; the search's folder below it is there.
    let root: FilePath

    /// Files that are made at one time where blocks are put together, so that little is in memory.
    private static let atOnce = 16

    /// Writes all files.
    func write(_ terms: Terms) throws { try write(terms, to: 0, of: 1) }

    /// Writes all files, of those of other blocks; what is struck out there is left out.
    /// - Parameter width: how much is done side by side.
    /// - Throws: `Lost` if one of the others' files is of no use.
    func write(from parts: [SearchBlocks.Block], width: Int) async throws {
        let portions = max(1, block.shards / Self.atOnce)
        let sources = parts.map { (shards: SearchShards(block: $0, root: root), dead: IndexSet(dead: $0)) }
        _ = try await SideBySide(width: width).map(Array(0..<portions)) { portion in
            var terms: Terms = [:]
            for (shards, dead) in sources {
                for (term, postings) in try shards.read(portion, of: portions) {
                    let living = dead.isEmpty ? postings : postings.filter { !dead.contains($0.passage) }
                    if !living.isEmpty { terms[term, default: []] += living }
                }
            }
            try write(terms, to: portion, of: portions)
            return ()
        }
    }

    func remove() throws {
        for shard in 0..<block.shards { try FileSystem.remove(path(of: shard)) }
    }

    private func path(of shard: Int) -> FilePath { SitePublisher.target(SearchFiles.shard(shard, of: block), below: root) }

    /// A term's hash tells its file, and its portion: both counts are powers of two.
    private func write(_ terms: Terms, to portion: Int, of portions: Int) throws {
        var files = [[(term: String, postings: [SearchPosting])]](repeating: [], count: block.shards / portions)
        for (term, postings) in terms { files[Int(SearchTerms.hash(term.utf8)) % block.shards / portions].append((term, postings)) }
        let first = block.passages.lowerBound
        for (place, terms) in files.enumerated() {
            try Task.checkCancellation()
            let shard = place * portions + portion
            var text = Array("spoolscribeSearch.terms(\"\(block.id)-\(shard)\",{".utf8)
            // Terms are letters and digits alone.
            for (term, postings) in terms.sorted(by: { $0.term < $1.term }) {
                text += "\n\"".utf8
                text += term.utf8
                text += "\":\"".utf8
                text += SearchPostingCode.encode(postings.sorted(), first: first)
                text += "\",".utf8
            }
            text += "\n})\n".utf8
            try AtomicFile.write(Data(text), to: path(of: shard), durability: .view)
        }
    }

    /// The terms of a portion of its files; `read(0, of: 1)` are all.
    func read(_ portion: Int, of portions: Int) throws -> [(term: String, postings: [SearchPosting])] {
        try Task.checkCancellation()
        let first = block.passages.lowerBound
        var found: [(term: String, postings: [SearchPosting])] = []
        for shard in stride(from: portion % block.shards, to: block.shards, by: portions) {
            let path = path(of: shard)
            guard let text = try? FileSystem.read(path) else { throw Lost(block: block.id, path: path) }
            let lines = text.split(separator: UInt8(ascii: "\n"))
            guard lines.count > 1, lines.last?.elementsEqual("})".utf8) == true else { throw Lost(block: block.id, path: path) }
            for line in lines.dropFirst().dropLast() {
                // "term":"passages",
                let fields = line.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
                guard fields.count == 5 else { throw Lost(block: block.id, path: path) }
                if portions > block.shards, Int(SearchTerms.hash(fields[1])) % portions != portion { continue }
                guard let postings = SearchPostingCode.decode(fields[3], first: first) else { throw Lost(block: block.id, path: path) }
                found.append((String(decoding: fields[1], as: UTF8.self), postings))
            }
        }
        return found
    }
}

extension IndexSet {
    /// The passages of a block that are struck out.
    fileprivate init(dead block: SearchBlocks.Block) {
        self.init()
        for entry in block.struckOut { insert(integersIn: entry.first..<entry.first + entry.passages) }
    }
}
