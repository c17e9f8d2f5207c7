import Foundation
import SpoolFiles
import SystemPackage

/// The files of the site's search. All are scripts that hand their contents to `search.js`: pages opened from disk may load nothing else.
enum SearchFiles {
    static let index = "search/index.js"
    static func shard(_ shard: Int, of block: SearchBlocks.Block) -> String { "search/\(block.id)-\(shard).js" }
    static func passage(_ passage: Int, of number: Int) -> String { "search-text/\(number)-\(passage).js" }

    static func data(_ passage: SearchPassage, _ place: Int, of number: Int) -> Data {
        Data("spoolscribeSearch.passage(\(number),\(place),".utf8) + json(passage) + Data(")\n".utf8)
    }

    /// - Throws: if it cannot be read.
    static func passage(in script: Data) throws -> SearchPassage {
        let json = script.drop { $0 != UInt8(ascii: "{") }
        return try JSONDecoder().decode(SearchPassage.self, from: json.prefix { $0 != UInt8(ascii: "\n") }.dropLast())
    }

    /// What is there, for the page that searches.
    static func data(_ blocks: SearchBlocks) -> Data {
        struct Index: Encodable {
            let blocks: [[Int]]
            let dead: [Int]
            let passages: Int
        }
        let entries = blocks.entries
        let index = Index(
            blocks: blocks.blocks.map { [$0.id, $0.shards] }, dead: blocks.blocks.flatMap(\.dead),
            passages: entries.reduce(0) { $0 + $1.passages })
        return Data("spoolscribeSearch.index(".utf8) + json(index) + Data(")\n".utf8)
    }

    private static func json(_ value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)) ?? Data("null".utf8)
    }
}

/// The terms of a block, with the passages in which each is said most.
struct SearchShards {
    private struct Posting {
        let number: Int32
        let passage: Int32
        let weight: UInt8
    }

    let block: SearchBlocks.Block
    let root: FilePath

    /// Passages that are kept of a term. A term that is said everywhere tells little; what else is asked for finds the rest.
    private static let kept = 300
    /// Passages whose terms are in memory at one time.
    private static let passagesAtOnce = 4096

    /// Writes the block's files.
    /// - Throws: if its passages cannot be read, or a file not be written.
    func write() throws {
        let passages = block.living.reduce(0) { $0 + $1.passages }
        let count = block.shards
        let rounds = max(1, min(count, passages / Self.passagesAtOnce))
        let size = (count + rounds - 1) / rounds
        for first in stride(from: 0, to: count, by: size) { try write(first..<min(first + size, count), of: UInt32(count)) }
    }

    private func write(_ shards: Range<Int>, of count: UInt32) throws {
        var postings = [[[UInt8]: [Posting]]](repeating: [:], count: shards.count)
        // What is struck out has no files any more.
        for entry in block.living {
            for place in 0..<entry.passages {
                try Task.checkCancellation()
                let path = SitePublisher.target(SearchFiles.passage(place, of: entry.number), below: root)
                // Whoever took it away while we run finds the rest; the next start makes it again.
                guard FileSystem.exists(path) else { continue }
                let passage = try SearchFiles.passage(in: try FileSystem.read(path))
                for (term, weight) in passage.weights() {
                    let shard = Int(SearchTerms.hash(term) % count)
                    guard shards.contains(shard) else { continue }
                    postings[shard - shards.lowerBound][term, default: []].append(
                        Posting(number: Int32(entry.number), passage: Int32(place), weight: UInt8(min(weight, 99))))
                }
            }
        }
        for shard in shards {
            try SitePublisher.put(
                data(postings[shard - shards.lowerBound], shard), at: SearchFiles.shard(shard, of: block), below: root)
        }
    }

    /// `{"term":[passages that have it,[number,passage,weight,…]]}`, the greatest weight first.
    private func data(_ postings: [[UInt8]: [Posting]], _ shard: Int) -> Data {
        var text = "spoolscribeSearch.terms(\"\(block.id)-\(shard)\",{"
        var isFirst = true
        for (term, list) in postings.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let best = list.sorted { ($1.weight, $0.number, $0.passage) < ($0.weight, $1.number, $1.passage) }.prefix(Self.kept)
            // Terms are letters and digits alone.
            text += "\(isFirst ? "" : ",\n")\"\(String(decoding: term, as: UTF8.self))\":[\(list.count),["
            text += best.map { "\($0.number),\($0.passage),\($0.weight)" }.joined(separator: ",")
            text += "]]"
            isFirst = false
        }
        return Data("\(text)})\n".utf8)
    }
}
