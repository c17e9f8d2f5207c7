import FoundationEssentials
import GRDB
import SpoolFiles

/// How a `Job` lies in a row of the table `jobs`.
enum JobRow {
    /// The columns that are read, by their places: looking them up by name costs more than the rest.
    private enum Column: Int, CaseIterable {
        case job_id, drop_id, ordinal, site, url, recording, video_id, user_id
        case spec, max_retries, created_at, origin, address_id, title, priority, status
        case stage, stage_state, waiting_lane, progress, retry_count, manual_retry_count, not_before, wait_reason
        case interruptions, interrupted_progress, lease_owner, lease_expires_at, failure, warnings, started_at, ended_at
        case updated_at, turn, deleted_at, touched_by, revision, polite_site, list_id, list
    }

    private static let columns = "\(Column.allCases.map { "jobs.\($0)" }.joined(separator: ", ")), drops.name"
    private static let tables = "jobs JOIN drops ON drops.drop_id = jobs.drop_id"

    static let select = "SELECT \(columns) FROM \(tables)"
    /// With the place in the order of arrival.
    static let selectNumbered = "SELECT \(columns), jobs.seq FROM \(tables)"

    /// Of a row of `selectNumbered`.
    static func number(_ row: Row) -> Int64 { row[Column.allCases.count + 1] }

    private static let order = "ORDER BY jobs.priority, jobs.turn, jobs.created_at, jobs.seq LIMIT 1"
    /// For every lane. It stands in the text: a parameter would be compared with the condition of `jobs_in_line_by_site`, and SQLite compiles a
    /// statement anew for each value on which its plan may depend.
    static let firstInLine = Dictionary(
        uniqueKeysWithValues: Lane.allCases.map { ($0, "\(select) WHERE jobs.waiting_lane = '\($0.rawValue)' \(order)") })
    /// The first in the network's line among those of one site; of no site at all, with `NULL`.
    static let firstOfSite = "\(select) WHERE jobs.waiting_lane = 'network' AND jobs.polite_site IS ? \(order)"

    static let insert = """
        INSERT INTO jobs (job_id, drop_id, ordinal, site, url, recording, video_id, title, user_id, priority, spec, status,
            stage, stage_state, waiting_lane, max_retries, created_at, updated_at, turn, origin, address_id, polite_site, list_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    static func insertArguments(_ job: Job) throws -> StatementArguments {
        [
            job.id, job.dropID, job.ordinal, job.site, job.url, job.recording, job.videoID, job.title, job.userID,
            job.priority, try json(job.spec), job.state.rawValue, job.stage.rawValue, job.stageState?.rawValue,
            job.waitingLane?.rawValue, job.maxRetries, job.createdAt.milliseconds, job.updatedAt.milliseconds,
            job.turn, job.origin.rawValue, job.addressID, job.politeSite, job.listID,
        ]
    }

    /// What a move changes. Columns that stay as they are stay out of the UPDATE: SQLite makes anew each index that one of its columns
    /// is in, whatever the value.
    static func update(_ job: Job, guardedBy before: Job) throws -> (sql: String, arguments: StatementArguments) {
        let changed = zip(Movable.allCases, zip(try movable(before), try movable(job))).filter { $1.0 != $1.1 }
        let sql = """
            UPDATE jobs SET \(changed.map { "\($0.0) = ?" }.joined(separator: ", "))
            WHERE job_id = ? AND status = ? AND stage_state IS ?
            """
        return (sql, StatementArguments(changed.map(\.1.1)) + [job.id, before.state.rawValue, before.stageState?.rawValue])
    }

    /// The columns that moves may change.
    private enum Movable: CaseIterable {
        case priority, status, stage, stage_state, waiting_lane, progress, retry_count, manual_retry_count, not_before, wait_reason
        case interruptions, interrupted_progress, lease_owner, lease_expires_at, failure, started_at, ended_at, updated_at, turn
        case touched_by, revision, video_id
    }

    /// Their values, in their order.
    private static func movable(_ job: Job) throws -> [DatabaseValue] {
        let values: [(any DatabaseValueConvertible)?] = [
            job.priority, job.state.rawValue, job.stage.rawValue, job.stageState?.rawValue, job.waitingLane?.rawValue,
            job.progress, job.retryCount, job.manualRetryCount, job.notBefore?.milliseconds, job.waitReason,
            job.interruptions, job.interruptedProgress, job.lease?.owner, job.lease?.expires.milliseconds,
            try json(job.failure), job.startedAt?.milliseconds, job.endedAt?.milliseconds, job.updatedAt.milliseconds,
            job.turn, job.touchedBy, job.revision, job.videoID,
        ]
        return values.map { $0?.databaseValue ?? .null }
    }

    static func job(_ row: Row) throws -> Job {
        let text: String = row[Column.spec.rawValue]
        // Most links come without a spec.
        guard let spec = text == "{}" ? JobSpec() : try value(JobSpec.self, text) else { throw Malformed(what: "no spec") }
        var job = Job(
            id: row[Column.job_id.rawValue], dropID: row[Column.drop_id.rawValue], drop: row[Column.allCases.count],
            ordinal: row[Column.ordinal.rawValue], site: row[Column.site.rawValue],
            url: row[Column.url.rawValue], recording: row[Column.recording.rawValue], videoID: row[Column.video_id.rawValue],
            userID: row[Column.user_id.rawValue], spec: spec,
            maxRetries: row[Column.max_retries.rawValue], createdAt: Timestamp(milliseconds: row[Column.created_at.rawValue]),
            origin: row[Column.origin.rawValue] == "reprocess" ? .reprocess : .drop, addressID: row[Column.address_id.rawValue],
            politeSite: row[Column.polite_site.rawValue], listID: row[Column.list_id.rawValue])
        job.title = row[Column.title.rawValue]
        job.priority = row[Column.priority.rawValue]
        job.state = try state(row[Column.status.rawValue])
        job.stage = try state(row[Column.stage.rawValue])
        job.stageState = (row[Column.stage_state.rawValue] as String?).flatMap(StatusSidecar.StageState.init)
        job.waitingLane = (row[Column.waiting_lane.rawValue] as String?).flatMap(Lane.init)
        job.progress = row[Column.progress.rawValue]
        job.retryCount = row[Column.retry_count.rawValue]
        job.manualRetryCount = row[Column.manual_retry_count.rawValue]
        job.notBefore = time(row[Column.not_before.rawValue])
        job.waitReason = row[Column.wait_reason.rawValue]
        job.interruptions = row[Column.interruptions.rawValue]
        job.interruptedProgress = row[Column.interrupted_progress.rawValue]
        if let owner = row[Column.lease_owner.rawValue] as String?, let expires = time(row[Column.lease_expires_at.rawValue]) {
            job.lease = Job.Lease(owner: owner, expires: expires)
        }
        job.failure = try value(Failure.self, row[Column.failure.rawValue])
        let warnings: String = row[Column.warnings.rawValue]
        if warnings != "[]" { job.warnings = try value([String].self, warnings) ?? [] }
        job.startedAt = time(row[Column.started_at.rawValue])
        job.endedAt = time(row[Column.ended_at.rawValue])
        job.updatedAt = Timestamp(milliseconds: row[Column.updated_at.rawValue])
        job.turn = row[Column.turn.rawValue]
        job.deletedAt = time(row[Column.deleted_at.rawValue])
        job.touchedBy = row[Column.touched_by.rawValue]
        job.revision = row[Column.revision.rawValue]
        job.list = try value(ListSummary.self, row[Column.list.rawValue])
        return job
    }

    static func time(_ milliseconds: Int64?) -> Timestamp? { milliseconds.map(Timestamp.init(milliseconds:)) }

    static func state(_ name: String) throws -> JobState {
        guard let state = JobState(rawValue: name) else { throw Malformed(what: "unknown state \(name)") }
        return state
    }

    static func json(_ value: (some Encodable)?) throws -> String? {
        guard let value else { return nil }
        return String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, _ text: String?) throws -> Value? {
        try text.map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
    }

    /// A row that this version cannot read: written by a later one, or edited by hand.
    struct Malformed: Error { let what: String }
}
