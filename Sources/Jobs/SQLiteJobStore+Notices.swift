import GRDB
import SpoolFiles

extension SQLiteJobStore: NoticeStore {
    /// Notes what is to be told of a job that has ended, in the transaction that ends it.
    func announce(_ details: JobDetails, at now: Timestamp, _ database: Database) throws {
        let event: Notice.Event
        switch details.job.state {
        case .completed: event = .completed
        case .failed: event = .failed
        default: return
        }
        try announce(Notice.Body(event: event, at: now, job: details.sidecar()), database)
    }

    func announce(_ body: Notice.Body, _ database: Database) throws {
        guard notices.events.contains(body.event) else { return }
        for channel in notices.channels.sorted(by: { $0.rawValue < $1.rawValue }) {
            try database.execute(
                sql: "INSERT INTO notices (event, channel, body, created_at, not_before) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    body.event.rawValue, channel.rawValue, try JobRow.json(body), body.at.milliseconds, body.at.milliseconds,
                ])
        }
    }

    public func dueNotices(on channel: Notice.Channel, limit: Int) async throws -> (due: [Notice], next: Timestamp?) {
        let now = clock()
        return try await pool.read { database in
            let due = try Row.fetchAll(
                database, sql: "SELECT * FROM notices WHERE channel = ? AND not_before <= ? ORDER BY id LIMIT ?",
                arguments: [channel.rawValue, now.milliseconds, limit]
            ).compactMap { row -> Notice? in
                guard let event = Notice.Event(rawValue: row["event"]) else { return nil }
                return Notice(id: row["id"], event: event, channel: channel, body: row["body"], tries: row["tries"])
            }
            let next = try Int64.fetchOne(
                database, sql: "SELECT min(not_before) FROM notices WHERE channel = ? AND not_before > ?",
                arguments: [channel.rawValue, now.milliseconds])
            return (due, next.map(Timestamp.init(milliseconds:)))
        }
    }

    public func forget(notice id: Int64) async throws {
        try await write { try $0.execute(sql: "DELETE FROM notices WHERE id = ?", arguments: [id]) }
    }

    public func forgetNotices(except channels: Set<Notice.Channel>) async throws {
        try await write { database in
            for channel in Notice.Channel.allCases where !channels.contains(channel) {
                try database.execute(sql: "DELETE FROM notices WHERE channel = ?", arguments: [channel.rawValue])
            }
        }
    }

    public func postpone(notice id: Int64, until time: Timestamp) async throws {
        try await write { database in
            try database.execute(
                sql: "UPDATE notices SET not_before = ?, tries = tries + 1 WHERE id = ?", arguments: [time.milliseconds, id])
        }
    }
}
