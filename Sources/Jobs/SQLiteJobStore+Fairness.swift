import GRDB
import SpoolFiles

extension SQLiteJobStore {
    /// Gives the jobs of one drop their turns while they are inserted.
    struct TurnGiver {
        private let dropID: String
        private var turns: [Flow: (turns: FairTurns, count: Int)] = [:]

        private struct Flow: Hashable {
            let priority: Int
            let userID: String
        }

        init(dropID: String) { self.dropID = dropID }

        mutating func turn(for job: Job, _ database: Database) throws -> Int64 {
            let flow = Flow(priority: job.priority, userID: job.userID)
            var state = try turns[flow] ?? (Self.begin(flow, database), 0)
            defer { turns[flow] = state }
            state.count += 1
            return state.turns.take()
        }

        private static func begin(_ flow: Flow, _ database: Database) throws -> FairTurns {
            let clock = try SQLiteJobStore.clock(flow.priority, database)
            try database.cachedStatement(sql: "DELETE FROM fair_flows WHERE priority = ? AND user_id = ? AND next <= ?")
                .execute(arguments: [flow.priority, flow.userID, clock])
            let earlier = try Int64.fetchOne(
                database.cachedStatement(sql: "SELECT next FROM fair_flows WHERE priority = ? AND user_id = ? AND drop_id = ''"),
                arguments: [flow.priority, flow.userID])
            let longDrops = try Int.fetchOne(
                database.cachedStatement(sql: "SELECT count(*) FROM fair_flows WHERE priority = ? AND user_id = ? AND drop_id <> ''"),
                arguments: [flow.priority, flow.userID])
            return FairTurns(clock: clock, after: earlier, longDrops: longDrops ?? 0)
        }

        /// Notes where the next drop of each user begins, and how far this one reaches.
        func finish(_ database: Database) throws {
            for (flow, state) in turns {
                try note(flow, "", state.turns.nextDrop, database)
                if state.count > 1 { try note(flow, dropID, state.turns.nextJob, database) }
            }
        }

        private func note(_ flow: Flow, _ dropID: String, _ next: Int64, _ database: Database) throws {
            // A job that comes back reaches less far than the drop it belongs to.
            try database.cachedStatement(
                sql: """
                    INSERT INTO fair_flows (priority, user_id, drop_id, next) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET next = max(next, excluded.next)
                    """
            )
            .execute(arguments: [flow.priority, flow.userID, dropID, next])
        }
    }

    /// The turn that is served in a priority.
    static func clock(_ priority: Int, _ database: Database) throws -> Int64 {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT turn FROM fair_clock WHERE priority = ?"), arguments: [priority]) ?? 0
    }

    /// A job that begins moves the clock of its priority.
    static func advanceClock(to job: Job, _ database: Database) throws {
        guard try clock(job.priority, database) < job.turn else { return }
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO fair_clock (priority, turn) VALUES (?, ?)")
            .execute(arguments: [job.priority, job.turn])
    }
}
