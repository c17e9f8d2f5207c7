import GRDB
import SpoolFiles

extension SQLiteJobStore: VideoStore {
    public func publish(_ video: VideoRecord) async throws {
        try await write { database in
            try database.execute(
                sql: """
                    INSERT INTO videos (video_id, address_id, job_id, title, user_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (video_id) DO UPDATE SET job_id = excluded.job_id, title = excluded.title, updated_at = excluded.updated_at,
                        address_id = coalesce(excluded.address_id, address_id),
                        user_id = CASE WHEN deleted_at IS NULL THEN user_id ELSE excluded.user_id END,
                        created_at = CASE WHEN deleted_at IS NULL THEN created_at ELSE excluded.created_at END,
                        edits = CASE WHEN deleted_at IS NULL THEN edits ELSE '{}' END, deleted_at = NULL, deleted_by = NULL
                    """,
                arguments: [
                    video.id, video.addressID, video.jobID, video.title, video.userID, video.createdAt.milliseconds,
                    video.updatedAt.milliseconds,
                ])
        }
    }

    public func video(_ videoID: String) async throws -> VideoRecord? {
        try await pool.read { try Self.video(videoID, $0) }
    }

    static func video(_ videoID: String, _ database: Database) throws -> VideoRecord? {
        try Row.fetchOne(database.cachedStatement(sql: "SELECT * FROM videos WHERE video_id = ?"), arguments: [videoID]).map(record)
    }

    private static func record(_ row: Row) throws -> VideoRecord {
        var video = VideoRecord(
            id: row["video_id"], addressID: row["address_id"], jobID: row["job_id"], title: row["title"], userID: row["user_id"],
            createdAt: Timestamp(milliseconds: row["created_at"]))
        video.edits = try JobRow.value(VideoEdits.self, row["edits"]) ?? VideoEdits()
        video.updatedAt = Timestamp(milliseconds: row["updated_at"])
        video.deletedAt = JobRow.time(row["deleted_at"])
        video.deletedBy = row["deleted_by"]
        return video
    }

    public func edit(_ videoID: String, _ edits: VideoEdits) async throws -> VideoRecord? {
        let now = clock()
        return try await write { database in
            guard var video = try Self.video(videoID, database) else { return nil }
            video.edits = video.edits.merged(with: edits)
            video.updatedAt = now
            try database.execute(
                sql: "UPDATE videos SET edits = ?, title = coalesce(?, title), updated_at = ? WHERE video_id = ?",
                arguments: [try JobRow.json(video.edits), edits.title, now.milliseconds, videoID])
            if let title = edits.title {
                try database.execute(
                    sql: "UPDATE jobs SET revision = revision + 1, title = ?, updated_at = ? WHERE video_id = ?",
                    arguments: [title, now.milliseconds, videoID])
            }
            return try Self.video(videoID, database)
        }
    }

    public func jobs(ofVideo videoID: String) async throws -> [Job] {
        try await pool.read { database in
            try Row.fetchAll(database, sql: "\(JobRow.select) WHERE jobs.video_id = ? ORDER BY jobs.seq", arguments: [videoID])
                .map(JobRow.job)
        }
    }

    public func take(_ videoID: String, for job: Job) async throws -> VideoHolder? {
        let now = clock()
        return try await write { database in
            // A video whose jobs are forgotten is there all the same.
            let holder = try Row.fetchOne(
                database,
                sql: """
                    SELECT job_id, status = 'completed' AS is_finished, seq FROM jobs
                    WHERE video_id = ?1 AND job_id <> ?2 AND deleted_at IS NULL AND status NOT IN ('failed', 'cancelled')
                    UNION ALL SELECT job_id, 1, 0 FROM videos WHERE video_id = ?1 AND job_id <> ?2 AND deleted_at IS NULL
                    ORDER BY is_finished DESC, seq LIMIT 1
                    """, arguments: [videoID, job.id])
            if let holder, job.spec.force != true { return VideoHolder(jobID: holder["job_id"], isFinished: holder["is_finished"]) }
            try database.execute(
                sql: "UPDATE jobs SET video_id = ?, updated_at = ? WHERE job_id = ?", arguments: [videoID, now.milliseconds, job.id])
            return nil
        }
    }

    // MARK: Trash

    public func putInTrash(videoID: String, by user: String) async throws {
        let now = clock()
        try await write { database in
            try database.execute(
                sql: "UPDATE videos SET deleted_at = ?, deleted_by = ?, updated_at = ?1 WHERE video_id = ? AND deleted_at IS NULL",
                arguments: [now.milliseconds, user, videoID])
            try database.execute(
                sql: "UPDATE jobs SET revision = revision + 1, deleted_at = ?, updated_at = ?1 WHERE video_id = ? AND deleted_at IS NULL",
                arguments: [now.milliseconds, videoID])
        }
    }

    public func putInTrash(jobID: String) async throws {
        let now = clock()
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE jobs SET revision = revision + 1, deleted_at = ?1, updated_at = ?1 WHERE job_id = ?2 AND deleted_at IS NULL
                    """, arguments: [now.milliseconds, jobID])
        }
    }

    public func takeOutOfTrash(videoID: String) async throws {
        let now = clock()
        try await write { database in
            try database.execute(
                sql: "UPDATE videos SET deleted_at = NULL, deleted_by = NULL, updated_at = ? WHERE video_id = ?",
                arguments: [now.milliseconds, videoID])
            try database.execute(
                sql: "UPDATE jobs SET revision = revision + 1, deleted_at = NULL, updated_at = ? WHERE video_id = ?",
                arguments: [now.milliseconds, videoID])
        }
    }

    public func takeOutOfTrash(jobID: String) async throws {
        let now = clock()
        try await write { database in
            try database.execute(
                sql: "UPDATE jobs SET revision = revision + 1, deleted_at = NULL, updated_at = ? WHERE job_id = ?",
                arguments: [now.milliseconds, jobID])
        }
    }

    public func trashed(before time: Timestamp) async throws -> (videoIDs: [String], jobIDs: [String]) {
        try await pool.read { database in
            (
                try String.fetchAll(
                    database,
                    sql: """
                        SELECT video_id FROM videos WHERE deleted_at < ?
                            AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.video_id = videos.video_id AND jobs.deleted_at IS NULL)
                        ORDER BY deleted_at
                        """, arguments: [time.milliseconds]),
                try String.fetchAll(
                    database,
                    sql: """
                        SELECT job_id FROM jobs WHERE deleted_at < ? AND NOT EXISTS (
                            SELECT 1 FROM videos WHERE videos.video_id = jobs.video_id AND videos.deleted_at IS NOT NULL)
                        """, arguments: [time.milliseconds])
            )
        }
    }

    // MARK: Results

    public func results(ofVideo videoID: String) async throws -> [String] {
        try await pool.read { database in
            try String.fetchAll(database, sql: "SELECT path FROM results WHERE video_id = ? ORDER BY path", arguments: [videoID])
        }
    }

    public func owner(ofResult path: String) async throws -> String? {
        try await pool.read { try String.fetchOne($0, sql: "SELECT video_id FROM results WHERE path = ?", arguments: [path]) }
    }

    public func note(results paths: [String], ofVideo videoID: String) async throws {
        try await write { database in
            try database.execute(sql: "DELETE FROM results WHERE video_id = ?", arguments: [videoID])
            for path in paths {
                try database.execute(sql: "INSERT OR REPLACE INTO results (path, video_id) VALUES (?, ?)", arguments: [path, videoID])
            }
        }
    }

    // MARK: Removals

    public func removals() async throws -> [Removal] {
        try await pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM removals ORDER BY requested_at").map(Self.removal)
        }
    }

    private static func removal(_ row: Row) -> Removal {
        var removal = Removal(
            subject: row["subject"], isVideo: row["is_video"], requestedBy: row["requested_by"],
            requestedAt: Timestamp(milliseconds: row["requested_at"]))
        removal.done = (row["step"] as String?).flatMap(Removal.Step.init)
        return removal
    }

    public func begin(_ removal: Removal) async throws -> Removal {
        try await write { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO removals (subject, is_video, requested_by, requested_at) VALUES (?, ?, ?, ?)",
                arguments: [removal.subject, removal.isVideo, removal.requestedBy, removal.requestedAt.milliseconds])
            let row = try Row.fetchOne(database, sql: "SELECT * FROM removals WHERE subject = ?", arguments: [removal.subject])
            return row.map(Self.removal) ?? removal
        }
    }

    public func note(_ step: Removal.Step, doneIn removal: Removal) async throws {
        try await write { database in
            switch step {
            case .searchIndex where removal.isVideo:
                try database.execute(sql: "DELETE FROM documents WHERE video_id = ?", arguments: [removal.subject])
            case .relations where removal.isVideo: try Self.forgetVideo(removal.subject, database)
            case .comments where removal.isVideo: try Self.forgetComments(of: removal.subject, database)
            case .chapters where removal.isVideo:
                try database.execute(sql: "DELETE FROM chapters WHERE video_id = ?", arguments: [removal.subject])
            case .jobs:
                let column = removal.isVideo ? "video_id" : "job_id"
                try database.execute(sql: "DELETE FROM jobs WHERE \(column) = ?", arguments: [removal.subject])
            case .metadata where removal.isVideo:
                try database.execute(sql: "DELETE FROM videos WHERE video_id = ?", arguments: [removal.subject])
            case .files:
                try database.execute(sql: "DELETE FROM results WHERE video_id = ?", arguments: [removal.subject])
                try database.execute(sql: "DELETE FROM removals WHERE subject = ?", arguments: [removal.subject])
                return
            default: break
            }
            try database.execute(
                sql: "UPDATE removals SET step = ? WHERE subject = ?", arguments: [step.rawValue, removal.subject])
        }
    }
}
