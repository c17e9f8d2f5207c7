import GRDB
import SpoolFiles

extension SQLiteJobStore {
    static func insert(_ relations: Relations, of entry: CatalogueEntry, _ database: Database) throws {
        for node in relations.nodes { try insert(node, isOwn: node.id == nodeID(of: entry.videoID), database) }
        for edge in relations.edges {
            try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO graph_edges (video_id, source, verb, target, count) VALUES (?, ?, ?, ?, ?)"
            ).execute(arguments: [entry.videoID, edge.from, edge.verb.rawValue, try target(of: edge, database), edge.count])
        }
        // Others' links to its address are links to it.
        if let address = entry.addressID, address != entry.videoID {
            let link = "\(Relations.Kind.link.rawValue):\(address)"
            try database.cachedStatement(sql: "UPDATE OR REPLACE graph_edges SET target = ? WHERE target = ?")
                .execute(arguments: [nodeID(of: entry.videoID), link])
            try database.cachedStatement(sql: "DELETE FROM graph_nodes WHERE node_id = ?").execute(arguments: [link])
        }
    }

    /// The node's id.
    private static func nodeID(of videoID: String) -> String { "\(Relations.Kind.video.rawValue):\(videoID)" }

    /// - Parameter isOwn: whether it is the video that tells of itself: of other videos it knows but their addresses.
    private static func insert(_ node: Relations.Node, isOwn: Bool, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO graph_nodes (node_id, kind, node_key, label, url) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (node_id) DO UPDATE SET label = iif(?6 OR (kind <> 'video' AND ?4 <> ''), ?4, label),
                    url = iif(?6, coalesce(?5, url), coalesce(url, ?5))
                """
        ).execute(arguments: [node.id, node.kind.rawValue, node.key, node.label, node.url, isOwn])
    }

    /// A link to the address of a video that is here leads to that video.
    private static func target(of edge: Relations.Edge, _ database: Database) throws -> String {
        let prefix = "\(Relations.Kind.link.rawValue):"
        guard edge.to.hasPrefix(prefix) else { return edge.to }
        let video = try String.fetchOne(
            database.cachedStatement(sql: "SELECT video_id FROM videos WHERE address_id = ?"),
            arguments: [String(edge.to.dropFirst(prefix.count))])
        return video.map { "\(Relations.Kind.video.rawValue):\($0)" } ?? edge.to
    }

    /// Takes out the edges that a video told of, and the nodes that nothing leads to any more. A video that is here stays.
    static func forgetRelations(of videoID: String, _ database: Database) throws {
        let ends = try String.fetchAll(
            database, sql: "SELECT source FROM graph_edges WHERE video_id = ?1 UNION SELECT target FROM graph_edges WHERE video_id = ?1",
            arguments: [videoID])
        try database.execute(sql: "DELETE FROM graph_edges WHERE video_id = ?", arguments: [videoID])
        for node in ends {
            try database.cachedStatement(
                sql: """
                    DELETE FROM graph_nodes WHERE node_id = ?1
                        AND NOT EXISTS (SELECT 1 FROM graph_edges WHERE source = ?1) AND NOT EXISTS (SELECT 1 FROM graph_edges WHERE target = ?1)
                        AND NOT (kind = 'video' AND EXISTS (SELECT 1 FROM videos WHERE video_id = node_key))
                    """
            ).execute(arguments: [node])
        }
    }

    /// Takes a video itself out, for good. Where others lead to it, its address is all that is left.
    static func forgetVideo(_ videoID: String, _ database: Database) throws {
        try forgetRelations(of: videoID, database)
        try database.execute(
            sql: """
                DELETE FROM graph_nodes WHERE node_id = ?1
                    AND NOT EXISTS (SELECT 1 FROM graph_edges WHERE source = ?1) AND NOT EXISTS (SELECT 1 FROM graph_edges WHERE target = ?1)
                """, arguments: [nodeID(of: videoID)])
        try database.execute(
            sql: "UPDATE graph_nodes SET label = coalesce(url, node_key) WHERE node_id = ?", arguments: [nodeID(of: videoID)])
        // A list that is followed must not fetch it again, and knows it by its address.
        try database.execute(
            sql: "UPDATE list_items SET title = NULL WHERE job_id IN (SELECT job_id FROM jobs WHERE video_id = ?)", arguments: [videoID])
    }

    /// A video in the trash is hidden, with what it tells of.
    private static let isVisible = """
        NOT EXISTS (SELECT 1 FROM videos WHERE deleted_at IS NOT NULL AND videos.video_id IN (
            graph_edges.video_id, iif(source LIKE 'video:%', substr(source, 7), NULL), iif(target LIKE 'video:%', substr(target, 7), NULL)))
        """

    /// Places that a walk may come by: a graph of a whole archive is not walked to its end.
    private static let walkLimit = 100_000

    public func graph(around node: String, depth: Int, kinds: [Relations.Kind], limit: Int) async throws -> Graph {
        try await pool.read { database in
            let allowed = (kinds.isEmpty ? Relations.Kind.allCases : kinds).map(\.rawValue)
            // Each way by itself, so that each has its index.
            let steps = [("source", "target"), ("target", "source")].map { here, there in
                """
                SELECT graph_edges.\(there), walk.depth + 1 FROM walk
                    JOIN graph_edges ON graph_edges.\(here) = walk.node_id AND \(Self.isVisible)
                    JOIN graph_nodes ON graph_nodes.node_id = graph_edges.\(there)
                        AND graph_nodes.kind IN (SELECT value FROM json_each(?3))
                WHERE walk.depth < ?2
                """
            }
            let rows = try Row.fetchAll(
                database,
                sql: """
                    WITH RECURSIVE walk (node_id, depth) AS (
                        SELECT node_id, 0 FROM graph_nodes WHERE node_id = ?1 AND NOT EXISTS (
                            SELECT 1 FROM videos WHERE kind = 'video' AND video_id = node_key AND deleted_at IS NOT NULL)
                        UNION \(steps.joined(separator: " UNION "))
                    )
                    SELECT graph_nodes.*, min(walk.depth) AS depth FROM walk JOIN graph_nodes USING (node_id)
                    GROUP BY node_id ORDER BY min(walk.depth), graph_nodes.kind, graph_nodes.label, node_id LIMIT ?4
                    """, arguments: [node, depth, try JobRow.json(allowed), limit + 1])
            var graph = Graph()
            graph.isCut = rows.count > limit
            graph.places = rows.prefix(limit).compactMap { row in Self.node(row).map { .init(node: $0, depth: row["depth"]) } }
            let ids = Set(graph.places.map(\.node.id))
            for id in ids.sorted() {
                graph.edges += try Row.fetchAll(
                    database.cachedStatement(sql: "SELECT * FROM graph_edges WHERE source = ? AND \(Self.isVisible) ORDER BY verb, target"),
                    arguments: [id]
                ).compactMap(Self.edge).filter { ids.contains($0.to) }
            }
            return graph
        }
    }

    public func graphNodes(after id: String, limit: Int) async throws -> [Relations.Node] {
        try await pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM graph_nodes WHERE node_id > ?
                        AND NOT EXISTS (SELECT 1 FROM videos WHERE video_id = node_key AND kind = 'video' AND deleted_at IS NOT NULL)
                    ORDER BY node_id LIMIT ?
                    """, arguments: [id, limit]
            ).compactMap(Self.node)
        }
    }

    public func graphEdges(after place: GraphPlace?, limit: Int) async throws -> (edges: [Relations.Edge], next: GraphPlace?) {
        try await pool.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM graph_edges WHERE (video_id, source, verb, target) > (?, ?, ?, ?) AND \(Self.isVisible)
                    ORDER BY video_id, source, verb, target LIMIT ?
                    """, arguments: [place?.videoID ?? "", place?.source ?? "", place?.verb ?? "", place?.target ?? "", limit])
            let next = rows.last.map { GraphPlace(videoID: $0["video_id"], source: $0["source"], verb: $0["verb"], target: $0["target"]) }
            return (rows.compactMap(Self.edge), next)
        }
    }

    private static func node(_ row: Row) -> Relations.Node? {
        Relations.Kind(rawValue: row["kind"]).map { .init($0, key: row["node_key"], label: row["label"], url: row["url"]) }
    }

    private static func edge(_ row: Row) -> Relations.Edge? {
        Relations.Verb(rawValue: row["verb"]).map { .init(from: row["source"], $0, to: row["target"], count: row["count"]) }
    }
}
