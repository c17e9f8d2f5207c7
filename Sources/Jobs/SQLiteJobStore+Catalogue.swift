import GRDB
import SpoolFiles

extension SQLiteJobStore: CatalogueStore {
    public func catalogue(_ entry: CatalogueEntry) async throws {
        try await write { database in
            let videoID = entry.videoID
            try Self.forgetWords(of: videoID, kinds: [.title, .description, .chapter, .segment], database)
            try Self.forgetRelations(of: videoID, database)
            try database.execute(sql: "DELETE FROM chapters WHERE video_id = ?", arguments: [videoID])
            try Self.index(entry.title, .title, of: videoID, database)
            if let text = entry.description { try Self.index(text, .description, of: videoID, database) }
            for chapter in entry.chapters {
                try database.cachedStatement(sql: "INSERT OR REPLACE INTO chapters (video_id, start, end, title) VALUES (?, ?, ?, ?)")
                    .execute(arguments: [videoID, chapter.start, chapter.end, chapter.title])
                try Self.index(chapter.title, .chapter, of: videoID, start: chapter.start, database)
            }
            for segment in entry.segments { try Self.index(segment.text, .segment, of: videoID, start: segment.start, database) }
            try database.execute(sql: "UPDATE videos SET day = ? WHERE video_id = ?", arguments: [entry.day, videoID])
            if let relations = entry.relations { try Self.insert(relations, of: entry, database) }
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
