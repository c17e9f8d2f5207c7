import Foundation
import SpoolFiles
import SystemPackage

/// The files of the site's search. All are scripts that hand their contents to `search.js`: pages opened from disk may load nothing else.
enum SearchFiles {
    static let index = "search/index.js"
    static func shard(_ shard: Int, of block: SearchBlocks.Block) -> String { "search/\(block.id)-\(shard).js" }
    static func passage(_ number: Int) -> String { "search-text/\(number).js" }

    static func data(_ passage: SearchPassage, _ number: Int) -> Data {
        script("passage(\(number),", passage)
    }

    /// What is there, for the page that searches.
    static func data(_ blocks: SearchBlocks) -> Data {
        struct Index: Encodable {
            /// Number, shards, first passage, and passages behind it that may be in the block.
            let blocks: [[Int]]
            /// The first passage of a video that is struck out, and how many it has.
            let dead: [[Int]]
            let passages: Int
        }
        let index = Index(
            blocks: blocks.blocks.map { [$0.id, $0.shards, $0.passages.lowerBound, $0.passages.count] },
            dead: blocks.blocks.flatMap { block in block.struckOut.map { [$0.first, $0.passages] } },
            passages: blocks.entries.reduce(0) { $0 + $1.passages })
        return script("index(", index)
    }

    private static func script(_ call: String, _ value: some Encodable) -> Data {
        Data("spoolscribeSearch.\(call)".utf8) + SpoolJSON.line(value) + Data(")\n".utf8)
    }
}
