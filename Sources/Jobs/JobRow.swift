import FoundationEssentials
import GRDB
import SpoolFiles

/// How a `Job` lies in a row of the table `jobs`.
enum JobRow {
    static let select = "SELECT jobs.*, drops.name AS drop_name FROM jobs JOIN drops USING (drop_id)"

    static let firstInLine =
        "\(select) WHERE jobs.waiting_lane = ? ORDER BY jobs.priority, jobs.turn, jobs.created_at, jobs.seq LIMIT 1"

    static let insert = """
        INSERT INTO jobs (job_id, drop_id, ordinal, site, url, recording, video_id, title, user_id, priority, spec, status,
            stage, stage_state, waiting_lane, max_retries, created_at, updated_at, turn, origin, address_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    static func insertArguments(_ job: Job) throws -> StatementArguments {
        [
            job.id, job.dropID, job.ordinal, job.site, job.url, job.recording, job.videoID, job.title, job.userID,
            job.priority, try json(job.spec), job.state.rawValue, job.stage.rawValue, job.stageState?.rawValue,
            job.waitingLane?.rawValue, job.maxRetries, job.createdAt.milliseconds, job.updatedAt.milliseconds,
            job.turn, job.origin.rawValue, job.addressID,
        ]
    }

    static let guardedUpdate = """
        UPDATE jobs SET priority = ?, status = ?, stage = ?, stage_state = ?, waiting_lane = ?, progress = ?,
            retry_count = ?, manual_retry_count = ?, not_before = ?, wait_reason = ?, interruptions = ?,
            interrupted_progress = ?, lease_owner = ?, lease_expires_at = ?, failure = ?, started_at = ?, ended_at = ?,
            updated_at = ?, turn = ?, touched_by = ?, revision = ?
        WHERE job_id = ? AND status = ? AND stage_state IS ?
        """

    static func updateArguments(_ job: Job, guardedBy before: Job) throws -> StatementArguments {
        [
            job.priority, job.state.rawValue, job.stage.rawValue, job.stageState?.rawValue, job.waitingLane?.rawValue,
            job.progress, job.retryCount, job.manualRetryCount, job.notBefore?.milliseconds, job.waitReason,
            job.interruptions, job.interruptedProgress, job.lease?.owner, job.lease?.expires.milliseconds,
            try json(job.failure), job.startedAt?.milliseconds, job.endedAt?.milliseconds, job.updatedAt.milliseconds,
            job.turn, job.touchedBy, job.revision, job.id, before.state.rawValue, before.stageState?.rawValue,
        ]
    }

    static func job(_ row: Row) throws -> Job {
        guard let spec = try value(JobSpec.self, row["spec"]) else { throw Malformed(what: "no spec") }
        var job = Job(
            id: row["job_id"], dropID: row["drop_id"], drop: row["drop_name"], ordinal: row["ordinal"], site: row["site"],
            url: row["url"], recording: row["recording"], videoID: row["video_id"], userID: row["user_id"], spec: spec,
            maxRetries: row["max_retries"], createdAt: Timestamp(milliseconds: row["created_at"]),
            origin: row["origin"] == "reprocess" ? .reprocess : .drop, addressID: row["address_id"])
        job.title = row["title"]
        job.priority = row["priority"]
        job.state = try state(row["status"])
        job.stage = try state(row["stage"])
        job.stageState = (row["stage_state"] as String?).flatMap(StatusSidecar.StageState.init)
        job.waitingLane = (row["waiting_lane"] as String?).flatMap(Lane.init)
        job.progress = row["progress"]
        job.retryCount = row["retry_count"]
        job.manualRetryCount = row["manual_retry_count"]
        job.notBefore = time(row["not_before"])
        job.waitReason = row["wait_reason"]
        job.interruptions = row["interruptions"]
        job.interruptedProgress = row["interrupted_progress"]
        if let owner = row["lease_owner"] as String?, let expires = time(row["lease_expires_at"]) {
            job.lease = Job.Lease(owner: owner, expires: expires)
        }
        job.failure = try value(Failure.self, row["failure"])
        job.warnings = try value([String].self, row["warnings"]) ?? []
        job.startedAt = time(row["started_at"])
        job.endedAt = time(row["ended_at"])
        job.updatedAt = Timestamp(milliseconds: row["updated_at"])
        job.turn = row["turn"]
        job.deletedAt = time(row["deleted_at"])
        job.touchedBy = row["touched_by"]
        job.revision = row["revision"]
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
