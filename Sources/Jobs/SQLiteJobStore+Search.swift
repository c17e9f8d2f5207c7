import GRDB
import SpoolFiles

extension SQLiteJobStore {
    static func index(
        _ text: String, _ kind: SearchHit.Kind, of videoID: String, reference: String? = nil, start: Double? = nil, _ database: Database
    ) throws {
        let spaced = SearchWords.spaced(text.filter { $0 != SearchHit.marks.open && $0 != SearchHit.marks.close })
        try database.cachedStatement(sql: "INSERT INTO documents (video_id, kind, reference, start, text) VALUES (?, ?, ?, ?, ?)")
            .execute(arguments: [videoID, kind.rawValue, reference, start, spaced])
    }

    static func forgetWords(of videoID: String, kinds: [SearchHit.Kind], _ database: Database) throws {
        for kind in kinds {
            try database.cachedStatement(sql: "DELETE FROM documents WHERE video_id = ? AND kind = ?")
                .execute(arguments: [videoID, kind.rawValue])
        }
    }

    /// Places that are ranked at most, the newest: of a word that is everywhere, nobody reads more.
    private static let ranked = 5000
    private static let rankedOfSome = 1000

    public func search(_ query: String, in filter: SearchFilter, limit: Int) async throws -> [SearchHit] {
        let words = SearchWords(query)
        guard !words.isEmpty else { return [] }
        // Outside of a transaction that may only read, since ranges of places stand in a temporary table meanwhile.
        return try await pool.unsafeRead { database in
            var hits: [SearchHit] = []
            try database.inTransaction(.deferred) {
                hits =
                    filter.isEmpty
                    ? try Self.searchAll(words, limit: limit, database) : try Self.search(words, filter, limit: limit, database)
                return .commit
            }
            return hits
        }
    }

    /// The index alone finds the best; of them those in the trash are left out, and more are asked for if too few are left.
    private static func searchAll(_ words: SearchWords, limit: Int, _ database: Database) throws -> [SearchHit] {
        for count in [limit * 2 + 20, ranked] {
            let best = try Int64.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT id FROM (
                            SELECT rowid AS id, bm25(search) AS rank FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT \(ranked)
                        ) ORDER BY rank, id LIMIT ?
                        """), arguments: [words.match, count])
            let hits = try hits(best, words, limit: limit, database)
            if hits.count == limit || best.count < count { return hits }
        }
        // The newest are in the trash.
        return try search(words, SearchFilter(), limit: limit, database)
    }

    private static func search(_ words: SearchWords, _ filter: SearchFilter, limit: Int, _ database: Database) throws -> [SearchHit] {
        let all = try Int.fetchOne(database.cachedStatement(sql: "SELECT count(*) FROM videos")) ?? 0
        let videos = try videoIDs(filter, database)
        // Where many videos are meant, a look at each place that has the words is shorter than a list of all their places.
        if videos.count * 8 > all {
            return try hits(try bestByLooking(words, filter, count: limit, database), words, limit: limit, database)
        }
        let allowed = Set(videos)
        var hits: [SearchHit] = []
        // Of them those of other videos are left out, and more are asked for if too few are left.
        for count in [limit * 2 + 20, rankedOfSome] {
            let best = try bestInRanges(words, videos, filter, count: count, database)
            hits = try Self.hits(best, words, limit: limit, database) {
                allowed.contains($0.videoID) && (filter.kinds.isEmpty || filter.kinds.contains($0.kind))
            }
            if hits.count == limit || best.count < count { break }
        }
        return hits
    }

    private static let columns = "documents.id, documents.video_id, documents.kind, documents.reference, documents.start, videos.title"

    /// Of these places, those of videos that are not in the trash and that are wanted, in the same order.
    private static func hits(
        _ places: [Int64], _ words: SearchWords, limit: Int, _ database: Database, where isWanted: (SearchHit) -> Bool = { _ in true }
    ) throws -> [SearchHit] {
        var hits: [SearchHit] = []
        for place in places where hits.count < limit {
            let row = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT \(columns), snippet(search, 0, char(0x2068), char(0x2069), '…', 24) AS snippet
                        FROM search JOIN documents ON documents.id = search.rowid
                            JOIN videos ON videos.video_id = documents.video_id AND videos.deleted_at IS NULL
                        WHERE search MATCH ? AND search.rowid = ?
                        """), arguments: [words.match, place])
            if let hit = row.flatMap(hit), isWanted(hit) { hits.append(hit) }
        }
        return hits
    }

    /// What the filter says of videos, as conditions of SQL.
    private static func conditions(_ filter: SearchFilter) -> (sql: String, arguments: StatementArguments) {
        var conditions = ["videos.deleted_at IS NULL"]
        var arguments: StatementArguments = []
        if let since = filter.since {
            conditions.append("videos.day >= ?")
            arguments += [since]
        }
        if let tag = filter.tag {
            conditions.append("videos.video_id IN (\(edges("graph_edges.target", "graph_edges.source", .hasTag, .tag)))")
            arguments += [tag, tag, tag]
        }
        if let channel = filter.channel {
            conditions.append("videos.video_id IN (\(edges("graph_edges.source", "graph_edges.target", .published, .channel)))")
            arguments += [channel, channel, channel]
        }
        return (conditions.joined(separator: " AND "), arguments)
    }

    private static func videoIDs(_ filter: SearchFilter, _ database: Database) throws -> [String] {
        let (sql, arguments) = conditions(filter)
        return try String.fetchAll(database, sql: "SELECT video_id FROM videos WHERE \(sql)", arguments: arguments)
    }

    private static func bestByLooking(_ words: SearchWords, _ filter: SearchFilter, count: Int, _ database: Database) throws -> [Int64] {
        let (sql, arguments) = conditions(filter)
        let kinds = filter.kinds.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        return try Int64.fetchAll(
            database,
            sql: """
                SELECT id FROM (
                    SELECT search.rowid AS id, bm25(search) AS rank
                    FROM search JOIN documents ON documents.id = search.rowid JOIN videos ON videos.video_id = documents.video_id
                    WHERE search MATCH ? AND \(sql) \(kinds.isEmpty ? "" : "AND documents.kind IN (\(kinds))")
                    ORDER BY search.rowid DESC LIMIT \(rankedOfSome)
                ) ORDER BY rank, id LIMIT ?
                """, arguments: [words.match] + arguments + [count])
    }

    /// Finds places by ranges of their numbers: those of one kind in one video were written one behind the other. Ranges may hold a few
    /// places of others, whose comments came at the same time.
    private static func bestInRanges(
        _ words: SearchWords, _ videos: [String], _ filter: SearchFilter, count: Int, _ database: Database
    ) throws -> [Int64] {
        var ranges: [ClosedRange<Int64>] = []
        let kinds = filter.kinds.isEmpty ? Set(SearchHit.Kind.allCases) : filter.kinds
        let ends = try database.cachedStatement(
            sql: """
                SELECT (SELECT min(id) FROM documents WHERE video_id = ?1 AND kind = ?2),
                    (SELECT max(id) FROM documents WHERE video_id = ?1 AND kind = ?2)
                """)
        for video in videos {
            for kind in kinds {
                guard let row = try Row.fetchOne(ends, arguments: [video, kind.rawValue]), let first = row[0] as Int64?,
                    let last = row[1] as Int64?
                else { continue }
                ranges.append(first...last)
            }
        }
        ranges.sort { $0.lowerBound < $1.lowerBound }
        guard let lowest = ranges.first?.lowerBound, let highest = ranges.map(\.upperBound).max() else { return [] }
        try database.execute(sql: "CREATE TEMP TABLE IF NOT EXISTS search_ranges (first INTEGER PRIMARY KEY, last INTEGER NOT NULL)")
        try database.execute(sql: "DELETE FROM search_ranges")
        for range in joined(ranges) {
            try database.cachedStatement(sql: "INSERT INTO search_ranges (first, last) VALUES (?, ?)")
                .execute(arguments: [range.lowerBound, range.upperBound])
        }
        return try Int64.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT id FROM (
                        SELECT rowid AS id, bm25(search) AS rank FROM search
                        WHERE search MATCH ? AND rowid BETWEEN ? AND ?
                            AND (SELECT last FROM search_ranges WHERE first <= search.rowid ORDER BY first DESC LIMIT 1) >= search.rowid
                        ORDER BY rowid DESC LIMIT \(rankedOfSome)
                    ) ORDER BY rank, id LIMIT ?
                    """), arguments: [words.match, lowest, highest, count])
    }

    /// Ranges that touch or overlap become one. They are in the order of their beginnings.
    private static func joined(_ ranges: [ClosedRange<Int64>]) -> [ClosedRange<Int64>] {
        ranges.reduce(into: []) { joined, range in
            if let last = joined.last, range.lowerBound <= last.upperBound + 1 {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
    }

    /// Ids of videos that an edge joins with a node of that name: its label, whatever the case, its key, or what its site calls it.
    private static func edges(_ named: String, _ video: String, _ verb: Relations.Verb, _ kind: Relations.Kind) -> String {
        """
        SELECT substr(\(video), length('video:') + 1) FROM graph_nodes JOIN graph_edges ON \(named) = graph_nodes.node_id
        WHERE graph_nodes.node_id >= '\(kind.rawValue):' AND graph_nodes.node_id < '\(kind.rawValue);'
            AND graph_edges.verb = '\(verb.rawValue)'
            AND (swiftLowercaseString(graph_nodes.label) = swiftLowercaseString(?) OR graph_nodes.node_key = ?
                OR substr(graph_nodes.node_key, instr(graph_nodes.node_key, '/') + 1) = ?)
        """
    }

    private static func hit(_ row: Row) -> SearchHit? {
        SearchHit.Kind(rawValue: row["kind"]).map {
            SearchHit(
                videoID: row["video_id"], title: row["title"], kind: $0, reference: row["reference"], start: row["start"],
                snippet: SearchWords.joined(row["snippet"]))
        }
    }
}
