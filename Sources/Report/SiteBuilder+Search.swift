import Foundation
import SpoolFiles
import SystemPackage

extension SiteBuilder {
    /// Which videos stand in which files of the search; lost, it is made anew with all of them.
    private var searchState: FilePath { layout.report.appending(".search") }

    /// Strikes out of the search what is gone.
    /// - Parameter stamps: of the manifests of all videos, by their ids.
    /// - Returns: the videos that it does not know, with the number by which each is to be known.
    func unsearched(_ stamps: [String: Int64]) -> [String: Int] {
        let isNew = !isSearchLoaded
        if isNew {
            isSearchLoaded = true
            passageFiles = [:]
            search = (try? SpoolJSON.read(SearchBlocks.self, at: searchState)) ?? SearchBlocks()
            savedSearch = search
        }
        var stamps = stamps
        var missing: Set<String> = []
        // Somebody may have removed files while nobody looked.
        for entry in isNew ? search.entries : [] where stamps[entry.video] == entry.stamp {
            let files = passageFiles(of: entry)
            if !files.paths.allSatisfy({ publisher.holds($0, from: files.source) }) {
                stamps[entry.video] = nil
                missing.insert(entry.video)
            }
        }
        missing.formUnion(search.strikeOut(allBut: stamps))
        return Dictionary(uniqueKeysWithValues: missing.sorted().map { ($0, search.takeNumber()) })
    }

    /// Brings the files of the search up to date.
    /// - Parameter new: videos whose passages were written in this round.
    func buildSearch(_ new: [SearchBlocks.Entry], _ frame: PageFrame) async throws {
        search.add(new.sorted { $0.number < $1.number })
        let entries = search.entries
        if passageFiles.count > 2 * entries.count + 100 { passageFiles = [:] }
        for entry in entries {
            let files = passageFiles(of: entry)
            for path in files.paths { _ = publisher.needs(path, from: files.source) }
        }
        let stale = search.blocks.filter { block in
            let digest = block.digest
            return (0..<block.shards).reduce(false) { publisher.needs(SearchFiles.shard($1, of: block), from: digest) || $0 }
        }
        if !stale.isEmpty {
            try publisher.makeFolder(of: SearchFiles.index)
            let written = try await SideBySide(width: width).map(stale) { [root = layout.report] block in
                try SearchShards(block: block, root: root).write()
                return block
            }
            for block in written {
                let digest = block.digest
                for shard in 0..<block.shards { publisher.note(SearchFiles.shard(shard, of: block), from: digest) }
            }
        }
        try publisher.publish(SearchFiles.data(search), at: SearchFiles.index)
        let page: [String: Any] = ["page": frame.context("Search", "search", root: "")]
        let digest = SourceDigest().finish()
        if publisher.needs("search.html", from: digest) {
            try publisher.write(try templates.render(.search, page), at: "search.html", from: digest)
        }
        if search != savedSearch {
            try AtomicFile.write(SpoolJSON.line(search), to: searchState, durability: .view)
            savedSearch = search
        }
    }

    /// Writes what is found of a video. From any thread.
    nonisolated func writePassages(_ passages: [SearchPassage], as number: Int, of card: VideoCard) throws -> SearchBlocks.Entry {
        for (place, passage) in passages.enumerated() {
            try SitePublisher.put(
                SearchFiles.data(passage, place, of: number), at: SearchFiles.passage(place, of: number), below: layout.report)
        }
        return SearchBlocks.Entry(
            number: number, video: card.id, stamp: card.modified, passages: passages.count,
            bytes: passages.reduce(0) { $0 + $1.bytes })
    }

    /// The files with what is found of a video; kept, since they are named in every round.
    func passageFiles(of entry: SearchBlocks.Entry) -> (paths: [String], source: UInt64) {
        if let known = passageFiles[entry.number] { return known }
        let files = (
            (0..<entry.passages).map { SearchFiles.passage($0, of: entry.number) },
            SourceDigest.quick(entry.video, Int64(entry.number), entry.stamp)
        )
        passageFiles[entry.number] = files
        return files
    }
}
