import GRDB
import SpoolFiles

extension SQLiteJobStore {
    static func index(
        _ text: String, _ kind: SearchHit.Kind, of videoID: String, reference: String? = nil, start: Double? = nil, _ database: Database
    ) throws {
        try database.cachedStatement(sql: "INSERT INTO documents (video_id, kind, reference, start, text) VALUES (?, ?, ?, ?, ?)")
            .execute(arguments: [videoID, kind.rawValue, reference, start, SearchWords.spaced(text)])
    }

    static func forgetWords(of videoID: String, kinds: [SearchHit.Kind], _ database: Database) throws {
        for kind in kinds {
            try database.cachedStatement(sql: "DELETE FROM documents WHERE video_id = ? AND kind = ?")
                .execute(arguments: [videoID, kind.rawValue])
        }
    }

    /// Places that are ranked at most: of a word that is everywhere, nobody reads more.
    private static let ranked = 10_000

    public func search(_ query: String, in filter: SearchFilter, limit: Int) async throws -> [SearchHit] {
        let words = SearchWords(query)
        guard !words.isEmpty else { return [] }
        return try await pool.read { database in
            guard filter.isEmpty else {
                return try Self.hits(Self.best(words, filter, limit: limit, database), words, limit: limit, database)
            }
            // The index alone finds the best; of them those in the trash are left out, and more are asked for if too few are left.
            var count = limit * 2 + 20
            while true {
                let best = try Row.fetchAll(
                    database.cachedStatement(
                        sql: """
                            SELECT id FROM (
                                SELECT rowid AS id, bm25(search) AS rank FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?
                            ) ORDER BY rank, id LIMIT ?
                            """), arguments: [words.match, Self.ranked, count]
                ).map { $0["id"] as Int64 }
                let hits = try Self.hits(best, words, limit: limit, database)
                if hits.count == limit || best.count < count { return hits }
                count *= 10
            }
        }
    }

    private static let columns = "documents.id, documents.video_id, documents.kind, documents.reference, documents.start, videos.title"

    /// Of these places, those of videos that are not in the trash, in the same order.
    private static func hits(_ places: [Int64], _ words: SearchWords, limit: Int, _ database: Database) throws -> [SearchHit] {
        var hits: [SearchHit] = []
        for place in places where hits.count < limit {
            let row = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT \(columns), snippet(search, 0, char(8296), char(8297), '…', 24) AS snippet
                        FROM search JOIN documents ON documents.id = search.rowid
                            JOIN videos ON videos.video_id = documents.video_id AND videos.deleted_at IS NULL
                        WHERE search MATCH ? AND search.rowid = ?
                        """), arguments: [words.match, place])
            if let hit = row.flatMap(hit) { hits.append(hit) }
        }
        return hits
    }

    /// The best places in videos that the filter lets through.
    private static func best(_ words: SearchWords, _ filter: SearchFilter, limit: Int, _ database: Database) throws -> [Int64] {
        var conditions = ["search MATCH ?", "videos.deleted_at IS NULL"]
        var arguments: StatementArguments = [words.match]
        if let since = filter.since {
            conditions.append("videos.day >= ?")
            arguments += [since]
        }
        if let tag = filter.tag {
            conditions.append("videos.video_id IN (\(edges("graph_edges.target", "graph_edges.source", .hasTag, .tag)))")
            arguments += [tag, tag]
        }
        if let channel = filter.channel {
            conditions.append("videos.video_id IN (\(edges("graph_edges.source", "graph_edges.target", .published, .channel)))")
            arguments += [channel, channel]
        }
        if !filter.kinds.isEmpty {
            conditions.append("documents.kind IN (\(filter.kinds.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")))")
        }
        arguments += [ranked, limit]
        return try Int64.fetchAll(
            database,
            sql: """
                SELECT id FROM (
                    SELECT search.rowid AS id, bm25(search) AS rank
                    FROM search JOIN documents ON documents.id = search.rowid JOIN videos ON videos.video_id = documents.video_id
                    WHERE \(conditions.joined(separator: " AND ")) ORDER BY search.rowid DESC LIMIT ?
                ) ORDER BY rank, id LIMIT ?
                """, arguments: arguments)
    }

    /// Ids of videos that an edge joins with a node of that name.
    private static func edges(_ named: String, _ video: String, _ verb: Relations.Verb, _ kind: Relations.Kind) -> String {
        """
        SELECT substr(\(video), length('video:') + 1) FROM graph_nodes JOIN graph_edges ON \(named) = graph_nodes.node_id
        WHERE graph_nodes.kind = '\(kind.rawValue)' AND graph_edges.verb = '\(verb.rawValue)'
            AND (lower(graph_nodes.label) = lower(?) OR graph_nodes.node_key = ?)
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
