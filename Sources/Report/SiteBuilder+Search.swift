import Foundation
import Logging
import SpoolFiles
import SystemPackage

extension SiteBuilder {
    /// Which videos stand in which files of the search; lost, it is made anew with all of them.
    private var searchState: FilePath { layout.report.appending(".search") }

    /// Strikes out of the search what is gone.
    /// - Parameter stamps: of the manifests of all videos, by their ids.
    /// - Returns: the videos that it does not know.
    func unsearched(_ stamps: [String: Int64]) -> Set<String> {
        var stamps = stamps
        var missing: Set<String> = []
        if !isSearchLoaded {
            isSearchLoaded = true
            passageFiles = [:]
            search = (try? SpoolJSON.read(SearchBlocks.self, at: searchState)) ?? SearchBlocks()
            savedSearch = search
            // Somebody may have removed files while nobody looked.
            search.forget { block in
                let digest = block.digest
                return !(0..<block.shards).allSatisfy { publisher.holds(SearchFiles.shard($0, of: block), from: digest) }
            }
            for entry in search.entries where stamps[entry.video] == entry.stamp {
                let files = passageFiles(of: entry)
                if !files.paths.allSatisfy({ publisher.holds($0, from: files.source) }) {
                    stamps[entry.video] = nil
                    missing.insert(entry.video)
                }
            }
        }
        return missing.union(search.strikeOut(allBut: stamps))
    }

    /// Brings the files of the search up to date.
    /// - Parameter new: what was found in this round.
    func buildSearch(_ new: SearchIntake, _ frame: PageFrame) async throws {
        let (blocks, nextPassage, nextBlock) = try new.finish()
        // If a merge fails, all stays as it was, and the next round begins again.
        var next = search
        for merge in next.add(blocks, nextPassage: nextPassage, nextBlock: nextBlock) {
            guard let lost = try await carryOut(merge) else { continue }
            next.undo(merge, without: lost)
        }
        search = next
        let known = Set(savedSearch.blocks.map(\.id))
        let left = Set(search.blocks.map(\.id))
        // What was made and put together in the same round. The old ones stay until the page knows of the new ones.
        for block in blocks where !left.contains(block.id) { try SearchShards(block: block, root: layout.report).remove() }
        for block in search.blocks {
            let digest = block.digest
            for shard in 0..<block.shards {
                let path = SearchFiles.shard(shard, of: block)
                if known.contains(block.id) { _ = publisher.needs(path, from: digest) } else { publisher.note(path, from: digest) }
            }
        }
        let entries = search.entries
        if passageFiles.count > 2 * entries.count + 100 { passageFiles = [:] }
        for entry in entries {
            let files = passageFiles(of: entry)
            for path in files.paths { _ = publisher.needs(path, from: files.source) }
        }
        try publisher.publish(SearchFiles.data(search), at: SearchFiles.index)
        let page: PageContext = ["page": frame.context("Search", "search", root: "")]
        var source = SourceDigest()
        // It says as of when it finds what it finds.
        for block in search.blocks { source.add([block.digest, UInt64(block.struckOut.count)]) }
        let digest = source.finish()
        if publisher.needs("search.html", from: digest) {
            try publisher.write(try templates.render(.search, page), at: "search.html", from: digest)
        }
        if search != savedSearch {
            try AtomicFile.write(SpoolJSON.line(search), to: searchState, durability: .view)
            savedSearch = search
        }
    }

    /// - Returns: the part of which a file was lost, if it could not be done.
    private func carryOut(_ merge: SearchBlocks.Merge) async throws -> Int? {
        let shards = SearchShards(block: merge.block, root: layout.report)
        do {
            try await shards.write(from: merge.parts, width: width)
            return nil
        } catch let error as SearchShards.Lost {
            logger.warning(
                "a file of the site's search was lost or changed; what it held will be found again after the next round",
                metadata: ["file": "\(error.path)"])
            try shards.remove()
            return error.block
        }
    }

    /// The files with what is found of a video; kept, since they are named in every round.
    func passageFiles(of entry: SearchBlocks.Entry) -> (paths: [String], source: UInt64) {
        if let known = passageFiles[entry] { return known }
        let files = (
            (0..<entry.passages).map { SearchFiles.passage(entry.first + $0) },
            SourceDigest.quick(entry.video, Int64(entry.first), entry.stamp)
        )
        passageFiles[entry] = files
        return files
    }
}
