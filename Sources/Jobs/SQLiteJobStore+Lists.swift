import GRDB
import SpoolFiles

extension SQLiteJobStore: ListStore {
    /// What is known of an item from earlier looks.
    private struct Known {
        var jobID: String?
        var goneAt: Int64?
    }

    public func record(_ look: ListLook, of listJob: Job) async throws -> ListOutcome {
        let time = clock()
        let address = listJob.addressID ?? listJob.id
        return try await write { database in
            var outcome = ListOutcome(
                summary: ListSummary(title: look.title, maxItems: look.maxItems, lookedAt: time), made: [], taken: [], goneVideos: [:],
                returnedVideos: [])
            guard let now = try Self.job(listJob.id, database), !now.state.hasEnded else {
                throw JobsError.movedByAnother(jobID: listJob.id)
            }
            let isFollowed = now.spec.follow != nil && now.list != nil
            var wanted: [(item: ListItem, job: Job)] = []
            var ordinal = try Self.nextOrdinal(listJob.dropID, database)
            for item in look.items {
                let known = try Self.known(item.addressID, in: address, database)
                let earlier = try known?.jobID.flatMap { try Self.job($0, database) }
                if let reason = item.unavailable {
                    // What was there once stands under what is gone.
                    if known == nil {
                        outcome.summary.unavailable.append(.init(title: item.title, url: item.url, reason: reason))
                    } else {
                        try Self.note(item, in: address, gone: reason, at: time, database)
                    }
                    continue
                }
                if known?.goneAt != nil, let videoID = earlier?.videoID { outcome.returnedVideos.append(videoID) }
                try Self.note(item, in: address, gone: nil, at: time, database)
                switch Self.refusal(known, earlier, isFollowed: isFollowed, isForced: now.spec.force == true) {
                case .failedBefore(let failure):
                    outcome.summary.unavailable.append(
                        .init(
                            title: item.title, url: item.url, videoID: earlier?.videoID, reason: "it failed before: \(failure.message)"))
                case .seenBefore: break
                case nil:
                    wanted.append((item, Self.job(for: item, of: listJob, ordinal: ordinal, at: time)))
                    ordinal += 1
                }
            }
            let taken = try Self.insert(wanted.map(\.job), ofDrop: listJob.dropID, database)
            for ((item, job), taken) in zip(wanted, taken) {
                try database.cachedStatement(sql: "UPDATE list_items SET job_id = ? WHERE list_address = ? AND address_id = ?")
                    .execute(arguments: [taken.jobID, address, item.addressID])
                if !taken.isAlreadyThere { outcome.made.append(job) }
            }
            if look.isWhole { try Self.noteMissing(in: address, at: time, database) }
            outcome.taken = try Self.jobs(of: look.items, in: address, of: listJob, database)
            outcome.goneVideos = try Self.goneVideos(in: address, database)
            outcome.summary.alreadyThere = outcome.taken.count { $0.job.isAlreadyThere }
            outcome.summary.unavailable += look.holes
            try Self.complete(&outcome.summary, look, listJob, address, database)
            outcome.summary.new = isFollowed ? outcome.made.count : outcome.summary.jobs
            try database.execute(
                sql: "UPDATE jobs SET list = ?, title = coalesce(title, ?), updated_at = ? WHERE job_id = ?",
                arguments: [try JobRow.json(outcome.summary), look.title, time.milliseconds, listJob.id])
            return outcome
        }
    }

    /// The jobs of the items that are in the list now, in its order: those that were made in this look and in earlier ones, and those
    /// of other drops. Read from the record, so that a look that is begun again after a crash tells the same.
    private static func jobs(
        of items: [ListItem], in list: String, of listJob: Job, _ database: Database
    ) throws -> [(item: ListItem, job: TakenJob)] {
        try items.filter { $0.unavailable == nil }.compactMap { item in
            guard let jobID = try known(item.addressID, in: list, database)?.jobID else { return nil }
            let job = try job(jobID, database)
            let isOther = job?.listID != listJob.id
            // What failed before stands under what is not available.
            if isOther, job?.state == .failed { return nil }
            return (item, TakenJob(jobID: jobID, videoID: job?.videoID, isAlreadyThere: isOther, earlier: isOther ? job : nil))
        }
    }

    /// Videos that are gone at their source by the list's own word, with the reason.
    private static func goneVideos(in list: String, _ database: Database) throws -> [String: ListOutcome.Gone] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT jobs.video_id, list_items.reason, list_items.gone_at FROM list_items JOIN jobs ON jobs.job_id = list_items.job_id
                WHERE list_address = ? AND gone_at IS NOT NULL AND reason <> ? AND jobs.video_id IS NOT NULL
                """, arguments: [list, noLongerListed])
        return Dictionary(
            rows.map { ($0["video_id"], .init(at: Timestamp(milliseconds: $0["gone_at"]), reason: $0["reason"])) },
            uniquingKeysWith: { first, _ in first })
    }

    private static func nextOrdinal(_ dropID: String, _ database: Database) throws -> Int {
        try Int.fetchOne(
            database,
            sql: """
                SELECT max(ordinal) + 1 FROM (
                    SELECT ordinal FROM jobs WHERE drop_id = ?1 UNION ALL SELECT ordinal FROM duplicates WHERE drop_id = ?1)
                """, arguments: [dropID]) ?? 0
    }

    private static func known(_ item: String, in list: String, _ database: Database) throws -> Known? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT job_id, gone_at FROM list_items WHERE list_address = ? AND address_id = ?"),
            arguments: [list, item]
        ).map { Known(jobID: $0["job_id"], goneAt: $0["gone_at"]) }
    }

    /// Why an item that is in the list needs no job.
    private enum Refusal {
        /// It failed for good at an earlier look.
        case failedBefore(Failure)
        /// An earlier look at a list that is followed has dealt with it.
        case seenBefore
    }

    private static func refusal(_ known: Known?, _ earlier: Job?, isFollowed: Bool, isForced: Bool) -> Refusal? {
        guard known != nil else { return nil }
        if let failure = earlier?.failure, earlier?.state == .failed, failure.class == .permanent, !isForced {
            return .failedBefore(failure)
        }
        return isFollowed ? .seenBefore : nil
    }

    private static let noLongerListed = "it is no longer in the list"

    private static func note(
        _ item: ListItem, in list: String, gone reason: String?, at now: Timestamp, _ database: Database
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO list_items (list_address, address_id, url, title, first_seen_at, last_seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
                ON CONFLICT DO UPDATE SET title = CASE WHEN ?6 IS NULL THEN coalesce(?4, title) ELSE title END, last_seen_at = ?5,
                    gone_at = CASE WHEN ?6 IS NULL THEN NULL ELSE coalesce(gone_at, ?5) END, reason = ?6
                """
        ).execute(arguments: [list, item.addressID, item.url, item.title, now.milliseconds, reason])
    }

    private static func noteMissing(in list: String, at now: Timestamp, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE list_items SET gone_at = ?1, reason = ?3 WHERE list_address = ?2 AND last_seen_at < ?1 AND gone_at IS NULL
                """, arguments: [now.milliseconds, list, noLongerListed])
    }

    private static func job(for item: ListItem, of listJob: Job, ordinal: Int, at now: Timestamp) -> Job {
        var spec = listJob.spec
        spec.url = item.url
        spec.title = nil
        var job = Job(
            id: SortableID.make(at: now), dropID: listJob.dropID, drop: listJob.drop,
            ordinal: ordinal, site: item.site, url: item.url, recording: nil, videoID: nil, userID: listJob.userID, spec: spec,
            maxRetries: listJob.maxRetries, createdAt: now, addressID: item.addressID, politeSite: item.politeSite, listID: listJob.id)
        job.title = item.title
        return job
    }

    private static func complete(
        _ summary: inout ListSummary, _ look: ListLook, _ listJob: Job, _ address: String, _ database: Database
    ) throws {
        summary.id = look.id
        summary.items = look.items.count + look.holes.count
        summary.jobs =
            try Int.fetchOne(database, sql: "SELECT count(*) FROM jobs WHERE list_id = ?", arguments: [listJob.id]) ?? 0
        summary.leftOut = look.leftOut
        summary.nextLook = look.nextLook
        summary.gone = try Row.fetchAll(
            database,
            sql: """
                SELECT list_items.title, list_items.url, list_items.reason, jobs.video_id FROM list_items
                LEFT JOIN jobs ON jobs.job_id = list_items.job_id
                WHERE list_address = ? AND gone_at IS NOT NULL ORDER BY gone_at DESC, list_items.address_id LIMIT 500
                """, arguments: [address]
        ).map { .init(title: $0["title"], url: $0["url"], videoID: $0["video_id"], reason: $0["reason"]) }
        if look.leftOut != 0 {
            let all = look.leftOut.map { " of \($0 + look.items.count + look.holes.count)" } ?? ""
            summary.note =
                "only the first \(look.maxItems)\(all) items were taken: \"max_items\" in a job spec, or the setting sites.max_items, takes more"
        }
    }

    public func followed() async throws -> [Job] {
        try await pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    \(JobRow.select) WHERE jobs.list IS NOT NULL AND jobs.status NOT IN ('completed', 'failed', 'cancelled')
                        AND jobs.deleted_at IS NULL ORDER BY jobs.seq
                    """
            ).map(JobRow.job).filter { $0.spec.follow != nil }
        }
    }
}
