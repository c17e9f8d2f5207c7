import GRDB
import SpoolFiles

extension SQLiteJobStore: ReportStore {
    public func jobStamps() async throws -> [JobStamp] {
        try await pool.read { database in
            var stamps: [JobStamp] = []
            // A little too much, since counting takes a tenth of the time.
            stamps.reserveCapacity(
                try Int.fetchOne(database, sql: "SELECT (SELECT max(seq) FROM jobs) - (SELECT min(seq) FROM jobs) + 1") ?? 0)
            // Very many jobs have the same few users and sites.
            var names: [String: String] = [:]
            func shared(_ name: String) -> String {
                if let known = names[name] { return known }
                names[name] = name
                return name
            }
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT seq, job_id, status, revision, updated_at, user_id, site, stage_state IS 'running'
                        FROM jobs WHERE deleted_at IS NULL ORDER BY seq
                        """))
            while let row = try rows.next() {
                stamps.append(
                    JobStamp(
                        number: row[0], jobID: row[1], state: try JobRow.state(row[2]), revision: row[3],
                        updatedAt: Timestamp(milliseconds: row[4]), userID: shared(row[5]), site: shared(row[6]),
                        isRunning: row[7]))
            }
            return stamps
        }
    }

    public func jobs(numbered numbers: [Int64]) async throws -> [(number: Int64, job: Job)] {
        try await pool.read { database in
            var jobs: [(number: Int64, job: Job)] = []
            try Self.forEachRow(
                database, of: numbers,
                { "\(JobRow.selectNumbered) WHERE jobs.seq IN (\($0)) AND jobs.deleted_at IS NULL ORDER BY jobs.seq" }
            ) { jobs.append((JobRow.number($0), try JobRow.job($0))) }
            return jobs
        }
    }

    public func details(ofJobs jobIDs: [String]) async throws -> [JobDetails] {
        try await pool.read { database in
            let jobIDs = Array(Set(jobIDs))
            var details: [JobDetails] = []
            try Self.forEachRow(database, of: jobIDs, { "\(JobRow.select) WHERE jobs.job_id IN (\($0)) AND jobs.deleted_at IS NULL" }) {
                details.append(JobDetails(job: try JobRow.job($0), attempts: [], history: []))
            }
            let places = Dictionary(uniqueKeysWithValues: details.enumerated().map { ($1.job.id, $0) })
            func attach(_ row: Row, _ add: (inout JobDetails) throws -> Void) throws {
                if let place = places[row[0]] { try add(&details[place]) }
            }
            try Self.forEachRow(
                database, of: jobIDs, { "SELECT \(Self.attemptColumns) FROM attempts WHERE job_id IN (\($0)) ORDER BY job_id, id" }
            ) { row in try attach(row) { $0.attempts.append(try Self.attempt(row)) } }
            try Self.forEachRow(
                database, of: jobIDs, { "SELECT \(Self.historyColumns) FROM history WHERE job_id IN (\($0)) ORDER BY job_id, id" }
            ) { row in try attach(row) { $0.history.append(try Self.historyEntry(row)) } }
            return details
        }
    }

    /// Reads row by row what there is of many values, some of them at a time: a copy of each row would cost as much as reading it.
    /// - Parameter sql: makes the statement of the question marks that stand for the values.
    private static func forEachRow(
        _ database: Database, of values: [some DatabaseValueConvertible], _ sql: (_ values: String) -> String, _ body: (Row) throws -> Void
    ) throws {
        // One statement for any count: `NULL` stands for what is too many, and is equal to nothing.
        let count = 100
        let statement = try database.cachedStatement(sql: sql(databaseQuestionMarks(count: count)))
        for first in stride(from: 0, to: values.count, by: count) {
            var some: [(any DatabaseValueConvertible)?] = Array(values[first..<min(first + count, values.count)])
            some += Array(repeating: nil, count: count - some.count)
            let rows = try Row.fetchCursor(statement, arguments: StatementArguments(some))
            while let row = try rows.next() { try body(row) }
        }
    }

    public func activity(since start: Timestamp, step: Int) async throws -> [Activity] {
        try await pool.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT (ended_at - ?1) / ?2 AS span, count(*) FILTER (WHERE status = 'completed') AS completed,
                        count(*) FILTER (WHERE status = 'failed') AS failed,
                        count(*) FILTER (WHERE status = 'completed' AND stage <> 'downloading') AS worked,
                        avg(started_at - created_at) FILTER (WHERE status = 'completed' AND stage <> 'downloading') / 1000.0 AS waiting,
                        avg(ended_at - started_at) FILTER (WHERE status = 'completed' AND stage <> 'downloading') / 1000.0 AS processing
                    FROM jobs WHERE ended_at >= ?1 AND deleted_at IS NULL GROUP BY span ORDER BY span
                    """, arguments: [start.milliseconds, step * 1000])
            return rows.map { row in
                var activity = Activity(start: start.adding(seconds: Double((row["span"] as Int) * step)))
                activity.completed = row["completed"]
                activity.failed = row["failed"]
                activity.worked = row["worked"]
                activity.waiting = row["waiting"]
                activity.processing = row["processing"]
                return activity
            }
        }
    }

    public func load() async throws -> StoreLoad {
        try await pool.read { database in
            var load = StoreLoad()
            let waiting = try Row.fetchAll(
                database, sql: "SELECT waiting_lane, count(*) FROM jobs WHERE waiting_lane IS NOT NULL GROUP BY waiting_lane")
            for row in waiting { if let lane = Lane(rawValue: row[0]) { load.waiting[lane] = row[1] } }
            let running = try Row.fetchAll(database, sql: "SELECT status, count(*) FROM jobs WHERE lease_owner IS NOT NULL GROUP BY status")
            for row in running { load.running[try JobRow.state(row[0])] = row[1] }
            return load
        }
    }

    public func tallies() async throws -> [Tally] {
        try await pool.read { database in
            try Row.fetchAll(database, sql: "SELECT name, label, value FROM tallies ORDER BY name, label").map {
                Tally(name: $0[0], label: $0[1], value: $0[2])
            }
        }
    }

    public func trash(limit: Int) async throws -> (count: Int, latest: [TrashItem]) {
        let items = """
            SELECT video_id, title, deleted_at, deleted_by FROM videos WHERE deleted_at IS NOT NULL
            UNION ALL SELECT job_id, coalesce(title, recording, url, job_id), deleted_at, NULL FROM jobs WHERE deleted_at IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM videos WHERE videos.video_id = jobs.video_id AND videos.deleted_at IS NOT NULL)
            """
        return try await pool.read { database in
            (
                try Int.fetchOne(database, sql: "SELECT count(*) FROM (\(items))") ?? 0,
                try Row.fetchAll(database, sql: "\(items) ORDER BY deleted_at DESC LIMIT ?", arguments: [limit]).map {
                    TrashItem(id: $0[0], title: $0[1], deletedAt: Timestamp(milliseconds: $0[2]), deletedBy: $0[3])
                }
            )
        }
    }
}
