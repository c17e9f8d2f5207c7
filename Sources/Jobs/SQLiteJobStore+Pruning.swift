import GRDB
import SpoolFiles

extension SQLiteJobStore {
    public func prune(endedBefore time: Timestamp, limit: Int) async throws -> [Job] {
        let jobs = try await write { database in
            let jobs = try Row.fetchAll(
                database, sql: "\(JobRow.select) WHERE jobs.ended_at < ? AND jobs.deleted_at IS NULL ORDER BY jobs.ended_at LIMIT ?",
                arguments: [time.milliseconds, limit]
            ).map(JobRow.job)
            for job in jobs { try database.cachedStatement(sql: "DELETE FROM jobs WHERE job_id = ?").execute(arguments: [job.id]) }
            try database.execute(
                sql: """
                    DELETE FROM duplicates WHERE drop_id IN (SELECT drop_id FROM drops WHERE taken_at < ?1)
                        AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.job_id = duplicates.job_id)
                    """, arguments: [time.milliseconds])
            try database.execute(
                sql: """
                    DELETE FROM drops WHERE taken_at < ?
                        AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.drop_id = drops.drop_id)
                        AND NOT EXISTS (SELECT 1 FROM duplicates WHERE duplicates.drop_id = drops.drop_id)
                    """, arguments: [time.milliseconds])
            return jobs
        }
        if !jobs.isEmpty { try await giveSpaceBack() }
        return jobs
    }

    /// Takes the free pages out of the file; the log's end makes it shorter.
    private func giveSpaceBack() async throws {
        try await pool.writeWithoutTransaction { database in
            // Each step of the statement frees a page, so that it is read to its end.
            _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum")
            try database.checkpoint(.truncate)
        }
    }

    /// Free pages can be given back only by a file that was made for it; one that was not is made anew, once.
    static func allowShrinking(_ pool: DatabasePool) throws {
        try pool.writeWithoutTransaction { database in
            guard try Int.fetchOne(database, sql: "PRAGMA auto_vacuum") != 2 else { return }
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
        }
    }
}
