import GRDB
import SpoolFiles

extension SQLiteJobStore: ReportStore {
    public func jobStamps() async throws -> [JobStamp] {
        try await pool.read { database in
            var stamps: [JobStamp] = []
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: "SELECT seq, job_id, status, revision, updated_at FROM jobs WHERE deleted_at IS NULL ORDER BY seq"))
            while let row = try rows.next() {
                stamps.append(
                    JobStamp(
                        number: row[0], jobID: row[1], state: try JobRow.state(row[2]), revision: row[3],
                        updatedAt: Timestamp(milliseconds: row[4])))
            }
            return stamps
        }
    }

    public func jobs(numbered numbers: ClosedRange<Int64>, in states: Set<JobState>) async throws -> [Job] {
        let names = states.map(\.rawValue).sorted()
        let filter = names.isEmpty ? "" : "AND jobs.status IN (\(databaseQuestionMarks(count: names.count)))"
        return try await pool.read { database in
            try Row.fetchAll(
                database.cachedStatement(
                    sql: "\(JobRow.select) WHERE jobs.seq BETWEEN ? AND ? AND jobs.deleted_at IS NULL \(filter) ORDER BY jobs.seq"),
                arguments: [numbers.lowerBound, numbers.upperBound] + StatementArguments(names)
            ).map(JobRow.job)
        }
    }

    public func details(ofJobs jobIDs: [String]) async throws -> [JobDetails] {
        try await pool.read { database in
            try jobIDs.compactMap { jobID in
                guard let job = try Self.job(jobID, database), job.deletedAt == nil else { return nil }
                return try Self.details(job, database)
            }
        }
    }
}
