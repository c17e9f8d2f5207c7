import GRDB
import SpoolFiles

extension SQLiteJobStore {
    public func details(of jobID: String) async throws -> JobDetails? {
        try await pool.read { database in
            try Self.job(jobID, database).map { try Self.details($0, database) }
        }
    }

    public func jobs(in states: [JobState], limit: Int, offset: Int) async throws -> [Job] {
        try await pool.read { database in
            let marks = databaseQuestionMarks(count: states.count)
            let filter = states.isEmpty ? "" : "AND jobs.status IN (\(marks))"
            return try Row.fetchAll(
                database, sql: "\(JobRow.select) WHERE jobs.deleted_at IS NULL \(filter) ORDER BY jobs.seq DESC LIMIT ? OFFSET ?",
                arguments: StatementArguments(states.map(\.rawValue)) + [limit, offset]
            ).map(JobRow.job)
        }
    }

    public func openJobs(after jobID: String?, limit: Int) async throws -> [Job] {
        try await pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    \(JobRow.select) WHERE jobs.job_id > ? AND jobs.status NOT IN ('completed', 'failed', 'cancelled')
                    ORDER BY jobs.job_id LIMIT ?
                    """, arguments: [jobID ?? "", limit]
            ).map(JobRow.job)
        }
    }

    public func taken(ofDrop dropID: String) async throws -> [TakenJob]? {
        try await pool.read { try Self.taken(ofDrop: dropID, $0) }
    }

    static func taken(ofDrop dropID: String, _ database: Database) throws -> [TakenJob]? {
        guard try Bool.fetchOne(database.cachedStatement(sql: "SELECT 1 FROM drops WHERE drop_id = ?"), arguments: [dropID]) == true
        else { return nil }
        return try Row.fetchAll(
            database,
            sql: """
                SELECT ordinal, job_id, video_id, 0 AS is_there FROM jobs WHERE drop_id = ?1
                UNION ALL SELECT ordinal, job_id, video_id, 1 FROM duplicates WHERE drop_id = ?1 ORDER BY ordinal
                """, arguments: [dropID]
        ).map { row in
            row["is_there"]
                ? try alreadyThere(row, database) : TakenJob(jobID: row["job_id"], videoID: row["video_id"], isAlreadyThere: false)
        }
    }

    static func alreadyThere(_ row: Row, _ database: Database) throws -> TakenJob {
        let jobID: String = row["job_id"]
        let videoID: String? = row["video_id"]
        // Of a finished video, the job that made what is there now.
        let maker = try videoID.flatMap { try video($0, database) }.flatMap { try job($0.jobID, database) }
        return TakenJob(jobID: maker?.id ?? jobID, videoID: videoID, isAlreadyThere: true, earlier: try maker ?? job(jobID, database))
    }

    public func abandoned(owner: String) async throws -> [Job] {
        let now = clock()
        return try await pool.read { database in
            try Row.fetchAll(
                database,
                sql: "\(JobRow.select) WHERE jobs.lease_owner IS NOT NULL AND (jobs.lease_owner <> ? OR jobs.lease_expires_at < ?)",
                arguments: [owner, now.milliseconds]
            ).map(JobRow.job)
        }
    }

    public func pauses() async throws -> [Pause] {
        let now = clock()
        return try await pool.read { database in
            let sites = try Row.fetchAll(
                database,
                sql: """
                    SELECT site, until, reason, (SELECT count(*) FROM jobs
                        WHERE status = 'pending' AND deleted_at IS NULL AND jobs.site = site_breakers.site) AS waiting
                    FROM site_breakers WHERE until > ? ORDER BY site
                    """, arguments: [now.milliseconds]
            ).map { row in
                Pause(
                    subject: .site(row["site"]), until: Timestamp(milliseconds: row["until"]), reason: row["reason"],
                    waiting: row["waiting"])
            }
            let stages = try Row.fetchAll(
                database,
                sql: """
                    SELECT stage, until, reason, (SELECT count(*) FROM jobs
                        WHERE status = 'pending' AND deleted_at IS NULL AND jobs.stage = stage_pauses.stage) AS waiting
                    FROM stage_pauses WHERE until > ? ORDER BY stage
                    """, arguments: [now.milliseconds]
            ).compactMap { row in
                JobState(rawValue: row["stage"]).map {
                    Pause(
                        subject: .stage($0), until: Timestamp(milliseconds: row["until"]), reason: row["reason"], waiting: row["waiting"])
                }
            }
            return sites + stages
        }
    }

    public func statistics() async throws -> JobStatistics {
        try await pool.read { database in
            var counts: [String: Int] = [:]
            for row in try Row.fetchAll(
                database, sql: "SELECT status, count(*) AS number FROM jobs WHERE deleted_at IS NULL GROUP BY status")
            {
                counts[row["status"]] = row["number"]
            }
            // Those that found their video there already did not work on it.
            let average = try Double.fetchOne(
                database,
                sql: """
                    SELECT avg(ended_at - started_at) / 1000.0 FROM jobs
                    WHERE status = 'completed' AND stage <> 'downloading' AND deleted_at IS NULL
                    """)
            return JobStatistics(byState: counts, averageProcessing: average)
        }
    }

    static func job(_ jobID: String, _ database: Database) throws -> Job? {
        try Row.fetchOne(database.cachedStatement(sql: "\(JobRow.select) WHERE jobs.job_id = ?"), arguments: [jobID])
            .map(JobRow.job)
    }

    static func details(_ job: Job, _ database: Database) throws -> JobDetails {
        JobDetails(
            job: job,
            attempts: try Row.fetchAll(
                database.cachedStatement(sql: "SELECT \(attemptColumns) FROM attempts WHERE job_id = ? ORDER BY id"), arguments: [job.id]
            ).map(attempt),
            history: try Row.fetchAll(
                database.cachedStatement(sql: "SELECT \(historyColumns) FROM history WHERE job_id = ? ORDER BY id"), arguments: [job.id]
            ).map(historyEntry))
    }

    /// The job's id comes first.
    static let attemptColumns = "job_id, stage, started_at, ended_at, outcome, failure"
    static let historyColumns = "job_id, status, at"

    static func attempt(_ row: Row) throws -> StatusSidecar.Attempt {
        StatusSidecar.Attempt(
            stage: try JobRow.state(row[1]), startedAt: Timestamp(milliseconds: row[2]), endedAt: JobRow.time(row[3]), outcome: row[4],
            error: try JobRow.value(Failure.self, row[5]))
    }

    static func historyEntry(_ row: Row) throws -> StatusSidecar.HistoryEntry {
        StatusSidecar.HistoryEntry(status: try JobRow.state(row[1]), at: Timestamp(milliseconds: row[2]))
    }
}
