import GRDB
import SpoolFiles

extension SQLiteJobStore: CatalogueStore {
    public func catalogue(_ entry: CatalogueEntry) async throws {
        try await write { database in
            let videoID = entry.videoID
            try Self.forgetWords(of: videoID, kinds: [.title, .description, .chapter], database)
            try Self.forgetRelations(of: videoID, database)
            try database.execute(sql: "DELETE FROM chapters WHERE video_id = ?", arguments: [videoID])
            try Self.index(entry.title, .title, of: videoID, database)
            if let text = entry.description { try Self.index(text, .description, of: videoID, database) }
            for chapter in entry.chapters {
                try database.cachedStatement(sql: "INSERT OR REPLACE INTO chapters (video_id, start, end, title) VALUES (?, ?, ?, ?)")
                    .execute(arguments: [videoID, chapter.start, chapter.end, chapter.title])
                try Self.index(chapter.title, .chapter, of: videoID, start: chapter.start, database)
            }
            if let relations = entry.relations { try Self.insert(relations, of: entry, database) }
        }
    }

    // MARK: Words

    private static func index(
        _ text: String, _ kind: SearchHit.Kind, of videoID: String, reference: String? = nil, start: Double? = nil, _ database: Database
    ) throws {
        try database.cachedStatement(sql: "INSERT INTO documents (video_id, kind, reference, start, text) VALUES (?, ?, ?, ?, ?)")
            .execute(arguments: [videoID, kind.rawValue, reference, start, text])
    }

    static func forgetWords(of videoID: String, kinds: [SearchHit.Kind], _ database: Database) throws {
        for kind in kinds {
            try database.cachedStatement(sql: "DELETE FROM documents WHERE video_id = ? AND kind = ?")
                .execute(arguments: [videoID, kind.rawValue])
        }
    }

    public func search(_ query: String, limit: Int) async throws -> [SearchHit] {
        let words = SearchWords(query)
        guard !words.isEmpty else { return [] }
        return try await pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT documents.video_id, documents.kind, documents.reference, documents.start, videos.title,
                        snippet(search, 0, char(8296), char(8297), '…', 24) AS snippet
                    FROM search JOIN documents ON documents.id = search.rowid
                        JOIN videos ON videos.video_id = documents.video_id AND videos.deleted_at IS NULL
                    WHERE search MATCH ? ORDER BY bm25(search), documents.id LIMIT ?
                    """, arguments: [words.match, limit]
            ).compactMap { row in
                SearchHit.Kind(rawValue: row["kind"]).map {
                    SearchHit(
                        videoID: row["video_id"], title: row["title"], kind: $0, reference: row["reference"], start: row["start"],
                        snippet: row["snippet"])
                }
            }
        }
    }

    // MARK: Comments

    public func removeComments(ofVideo videoID: String) async throws {
        try await write { try Self.forgetComments(of: videoID, $0) }
    }

    static func forgetComments(of videoID: String, _ database: Database) throws {
        try forgetWords(of: videoID, kinds: [.comment], database)
        try database.execute(sql: "DELETE FROM comments WHERE video_id = ?", arguments: [videoID])
    }

    public func add(_ comments: [Comment], ofVideo videoID: String) async throws {
        try await write { database in
            for comment in comments {
                try database.cachedStatement(
                    sql: """
                        INSERT OR IGNORE INTO comments (
                            video_id, comment_id, parent_id, author, author_id, is_uploader, text, at, likes, is_hearted, is_pinned)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """
                ).execute(arguments: [
                    videoID, comment.commentID, comment.parentID, comment.author, comment.authorID, comment.isUploader == true,
                    comment.text, comment.at?.milliseconds, comment.likes, comment.isHearted == true, comment.isPinned == true,
                ])
                if database.changesCount == 1 {
                    try Self.index(comment.text, .comment, of: videoID, reference: comment.commentID, database)
                }
            }
        }
    }

    public func comments(ofVideo videoID: String, limit: Int, offset: Int) async throws -> [Comment] {
        try await pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM comments WHERE video_id = ? ORDER BY seq LIMIT ? OFFSET ?",
                arguments: [videoID, limit, offset]
            ).map { row in
                var comment = Comment(commentID: row["comment_id"], text: row["text"])
                comment.parentID = row["parent_id"]
                comment.author = row["author"]
                comment.authorID = row["author_id"]
                comment.isUploader = row["is_uploader"] ? true : nil
                comment.at = JobRow.time(row["at"])
                comment.likes = row["likes"]
                comment.isHearted = row["is_hearted"] ? true : nil
                comment.isPinned = row["is_pinned"] ? true : nil
                return comment
            }
        }
    }
}

/// What somebody searches for, in FTS5's words: nothing in it is taken for an operator.
struct SearchWords {
    /// For `MATCH`.
    let match: String

    var isEmpty: Bool { match.isEmpty }

    init(_ query: String) {
        // Every second piece stood between quotation marks.
        let pieces = query.split(separator: "\"", omittingEmptySubsequences: false)
        let phrases = pieces.enumerated().flatMap { index, piece in
            index.isMultiple(of: 2) ? piece.split(whereSeparator: \.isWhitespace) : [piece]
        }
        match = phrases.filter { $0.contains { $0.isLetter || $0.isNumber } }.map { "\"\($0)\"" }.joined(separator: " ")
    }
}
