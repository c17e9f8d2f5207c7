import GRDB
import SpoolFiles

extension SQLiteJobStore {
    public func takeTurn(at site: String, until next: Timestamp) async throws -> Timestamp? {
        let now = clock()
        return try await write { database in
            let earliest = try Int64.fetchOne(
                database.cachedStatement(sql: "SELECT next_at FROM site_calls WHERE site = ?"), arguments: [site])
            if let earliest, earliest > now.milliseconds { return Timestamp(milliseconds: earliest) }
            try database.cachedStatement(sql: "INSERT OR REPLACE INTO site_calls (site, next_at) VALUES (?, ?)")
                .execute(arguments: [site, next.milliseconds])
            return nil
        }
    }

    public func note(nextCall time: Timestamp, to site: String) async throws {
        try await write { database in
            try database.cachedStatement(sql: "INSERT OR REPLACE INTO site_calls (site, next_at) VALUES (?, ?)")
                .execute(arguments: [site, time.milliseconds])
        }
    }

    /// The first in a lane's line that may be started now. One step in an index, unless it is the turn of a site that has as many jobs
    /// as it may; then one more step for each site that is in line.
    func firstInLine(_ lane: Lane, _ database: Database) throws -> Job? {
        let first = try Row.fetchOne(database.cachedStatement(sql: JobRow.firstInLine[lane]!)).map(JobRow.job)
        guard lane == .network, let site = first?.politeSite else { return first }
        let busy = try busySites(database)
        guard busy.contains(site) else { return first }
        var best = try Self.first(ofSite: nil, database)
        var last = ""
        while let site = try String.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT polite_site FROM jobs INDEXED BY jobs_in_line_by_site
                    WHERE waiting_lane = 'network' AND polite_site > ? ORDER BY polite_site LIMIT 1
                    """),
            arguments: [last])
        {
            last = site
            guard !busy.contains(site), let job = try Self.first(ofSite: site, database) else { continue }
            // The rows of one site come in order; those of several are compared.
            if best.map({ Self.isBefore(job, $0) }) ?? true { best = job }
        }
        return best
    }

    private static func first(ofSite site: String?, _ database: Database) throws -> Job? {
        try Row.fetchOne(database.cachedStatement(sql: JobRow.firstOfSite), arguments: [site]).map(JobRow.job)
    }

    private static func isBefore(_ one: Job, _ other: Job) -> Bool {
        (one.priority, one.turn, one.createdAt.milliseconds, one.id) < (other.priority, other.turn, other.createdAt.milliseconds, other.id)
    }

    /// The sites at which as many jobs are as may be.
    private func busySites(_ database: Database) throws -> Set<String> {
        let running = try Row.fetchAll(
            database.cachedStatement(sql: "\(JobRow.select) WHERE jobs.lease_owner IS NOT NULL AND jobs.polite_site IS NOT NULL")
        ).map(JobRow.job)
        var counts: [String: Int] = [:]
        for job in running where Lane(for: job.stage, of: job) == .network { counts[job.politeSite ?? "", default: 0] += 1 }
        return Set(counts.filter { $0.value >= jobsASite }.keys)
    }
}
