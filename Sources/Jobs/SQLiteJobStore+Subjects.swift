import GRDB
import SpoolFiles

extension SQLiteJobStore {
    public func subject(named name: String, for user: String?) async throws -> Subject? {
        try await pool.read { database in
            if let job = try Self.job(name, database) { return .job(job) }
            if let video = try Self.videoSubject(name, database) { return video }
            let bare = try Self.videoIDs(withSiteID: name, database)
            if bare.count > 1 { return .ambiguous(videoIDs: bare) }
            if let videoID = bare.first { return try Self.videoSubject(videoID, database) }
            return try Self.dropSubject(name, user, database) ?? Self.recordingSubject(name, user, database)
        }
    }

    private static func videoSubject(_ id: String, _ database: Database) throws -> Subject? {
        let video = try video(id, database)
        let jobs = try Row.fetchAll(
            database, sql: "\(JobRow.select) WHERE jobs.video_id = ?1 OR jobs.address_id = ?1 ORDER BY jobs.seq", arguments: [id]
        ).map(JobRow.job)
        guard video != nil || !jobs.isEmpty else { return nil }
        // An address's id, of a video that has another: what was made of it counts.
        if video == nil, let known = jobs.last?.videoID, known != id { return try videoSubject(known, database) }
        return .video(id: id, video, jobs: jobs)
    }

    private static func videoIDs(withSiteID name: String, _ database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: """
                SELECT video_id FROM videos WHERE substr(video_id, instr(video_id, '-') + 1) = ?1
                UNION SELECT video_id FROM jobs WHERE video_id IS NOT NULL AND substr(video_id, instr(video_id, '-') + 1) = ?1
                """, arguments: [name])
    }

    /// A recording that was dropped in a folder, by its path in it, with the folder's name or without; or by its own name.
    private static func recordingSubject(_ name: String, _ user: String?, _ database: Database) throws -> Subject? {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        guard let file = name.split(separator: "/").last.map(String.init), let first = parts.first else { return nil }
        let row = try Row.fetchOne(
            database,
            sql: """
                \(JobRow.select) WHERE jobs.recording IS NOT NULL AND \(JobSchema.recordingName) = ?1 AND jobs.origin = 'drop'
                    AND (?1 = ?2 OR jobs.recording = ?2 OR (drops.name_key = ?3 AND jobs.recording = ?4))
                ORDER BY drops.user_id IS ?5 DESC, jobs.seq DESC LIMIT 1
                """, arguments: [file, name, DropName.canonical(first), parts.count > 1 ? parts[1] : nil, user])
        return try row.map { .job(try JobRow.job($0)) }
    }

    private static func dropSubject(_ name: String, _ user: String?, _ database: Database) throws -> Subject? {
        let key = DropName.canonical(name)
        let columns = "SELECT drop_id, name, user_id, taken_at FROM drops WHERE folder = 'incoming'"
        let row =
            try Row.fetchOne(
                database, sql: "\(columns) AND name_key = ? ORDER BY user_id IS ? DESC, taken_at DESC, drop_id DESC LIMIT 1",
                arguments: [key, user])
            ?? Row.fetchOne(
                database, sql: "\(columns) AND stem_key = ? ORDER BY user_id IS ? DESC, taken_at DESC, drop_id DESC LIMIT 1",
                arguments: [key, user])
        guard let row else { return nil }
        let drop = DropRecord(
            id: row["drop_id"], name: row["name"], folder: .incoming, userID: row["user_id"],
            takenAt: Timestamp(milliseconds: row["taken_at"]))
        let jobs = try Row.fetchAll(
            database,
            sql: """
                \(JobRow.select) WHERE jobs.drop_id = ?1
                    OR jobs.job_id IN (SELECT job_id FROM duplicates WHERE duplicates.drop_id = ?1) ORDER BY jobs.seq
                """, arguments: [drop.id]
        ).map(JobRow.job)
        return .drop(drop, jobs: jobs)
    }
}
