import FoundationEssentials
import GRDB
import SpoolFiles

/// The store on SQLite, through GRDB. The only place with SQL, together with its extensions.
///
/// WAL with one writer. Intake is synced to the disk before it returns; moves of jobs are not synced one by one: a power
/// cut may take back the last ones, and the work of those stages is then done again.
public final class SQLiteJobStore: JobStore {
    let pool: DatabasePool
    let clock: @Sendable () -> Timestamp
    let notices: Notice.Rules
    /// How many jobs may be at one site at a time.
    let jobsASite: Int
    /// Seconds for which a running stage is its worker's without another sign of life.
    static let leaseSeconds = 120.0

    /// Opens or makes the database.
    /// - Parameters:
    ///   - notices: what is told to others as it happens.
    ///   - jobsASite: how many jobs may be at one video site at a time.
    ///   - isReader: the database is another process's, and must be there in this version's form: nothing is changed in it.
    /// - Throws: `JobsError.unusable` with the reason and what to do.
    public init(
        path: String, notices: Notice.Rules = .init(), jobsASite: Int = 1, isReader: Bool = false,
        clock: @escaping @Sendable () -> Timestamp = { .now() }
    ) throws(JobsError) {
        self.clock = clock
        self.notices = notices
        self.jobsASite = jobsASite
        do {
            var configuration = Configuration()
            configuration.label = "jobs"
            configuration.maximumReaderCount = 2
            configuration.busyMode = .timeout(10)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1024")
            }
            pool = try DatabasePool(path: path, configuration: configuration)
            if isReader {
                guard try pool.read(JobSchema.migrator.hasCompletedMigrations) else {
                    throw JobRow.Malformed(what: "another version's tables")
                }
            } else {
                try Self.allowShrinking(pool)
                try JobSchema.migrator.migrate(pool)
            }
        } catch {
            throw .unusable(
                path: path, reason: String(describing: error),
                hint: "Check that its folder is there, writable and on a local disk (setting database.path)")
        }
    }

    public func now() async -> Timestamp { clock() }

    /// A write in a transaction of its own.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await pool.write(body)
    }

    public func insert(_ drops: [(drop: DropRecord, jobs: [Job])]) async throws -> [[TakenJob]] {
        try await pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            defer { try? database.execute(sql: "PRAGMA synchronous = NORMAL") }
            var result: [[TakenJob]] = []
            try database.inTransaction(.immediate) {
                for (drop, jobs) in drops {
                    result.append(try Self.taken(ofDrop: drop.id, database) ?? Self.insert(drop, jobs, database))
                }
                return .commit
            }
            return result
        }
    }

    static func insert(_ drop: DropRecord, _ jobs: [Job], _ database: Database) throws -> [TakenJob] {
        try database.cachedStatement(
            sql: "INSERT INTO drops (drop_id, name, name_key, stem_key, folder, user_id, taken_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        .execute(arguments: [
            drop.id, drop.name, DropName.canonical(drop.name), DropName.canonical(DropName.stem(drop.name)), drop.folder.rawValue,
            drop.userID, drop.takenAt.milliseconds,
        ])
        return try insert(jobs, ofDrop: drop.id, database)
    }

    /// Inserts jobs of a drop that is recorded.
    static func insert(_ jobs: [Job], ofDrop dropID: String, _ database: Database) throws -> [TakenJob] {
        var turns = TurnGiver(dropID: dropID)
        let taken = try jobs.map { job in
            if let earlier = try earlier(than: job, database) {
                try database.cachedStatement(sql: "INSERT INTO duplicates (drop_id, ordinal, job_id, video_id) VALUES (?, ?, ?, ?)")
                    .execute(arguments: [dropID, job.ordinal, earlier.jobID, earlier.videoID])
                return earlier
            }
            var job = job
            job.turn = try turns.turn(for: job, database)
            try database.cachedStatement(sql: JobRow.insert).execute(arguments: try JobRow.insertArguments(job))
            try note(job.state, of: job.id, at: job.createdAt, database)
            return TakenJob(jobID: job.id, videoID: job.videoID, isAlreadyThere: false)
        }
        try turns.finish(database)
        return taken
    }

    /// The job or video that makes a new job for the same address needless.
    private static func earlier(than job: Job, _ database: Database) throws -> TakenJob? {
        guard let address = job.addressID, job.origin == .drop, job.spec.force != true else { return nil }
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT job_id, video_id FROM jobs
                    WHERE address_id = ?1 AND deleted_at IS NULL AND status NOT IN ('failed', 'cancelled')
                        AND NOT (list IS NOT NULL AND status = 'completed')
                    UNION ALL SELECT job_id, video_id FROM videos WHERE address_id = ?1 AND deleted_at IS NULL
                    UNION ALL SELECT job_id, video_id FROM videos WHERE video_id = ?1 AND deleted_at IS NULL
                    LIMIT 1
                    """), arguments: [address])
        return try row.map { try alreadyThere($0, database) }
    }

    public func claim(_ lane: Lane, limit: Int, owner: String) async throws -> (started: [JobDetails], postponed: [JobDetails]) {
        let now = clock()
        // Asked at every move of a job, and often nobody may start: that must not cost a turn of the writer.
        guard try await pool.read({ try self.firstInLine(lane, $0) }) != nil else { return ([], []) }
        return try await write { database in
            var started: [JobDetails] = []
            var postponed: [JobDetails] = []
            // A bound on what one turn sets aside, so that a blocked site's long line does not hold the writer.
            while started.count < limit, postponed.count < 500 {
                guard let job = try self.firstInLine(lane, database) else { break }
                if let rest = try Self.rest(for: job, at: now, database) {
                    postponed.append(try self.apply(.postpone(rest.failure, until: rest.until), to: job, at: now, database))
                } else {
                    started.append(try self.start(job, owner: owner, at: now, database))
                }
            }
            return (started, postponed)
        }
    }

    @Sendable private static func nextDue(_ database: Database) throws -> Timestamp? {
        try Int64.fetchOne(database.cachedStatement(sql: "SELECT min(not_before) FROM jobs WHERE not_before IS NOT NULL"))
            .map(Timestamp.init(milliseconds:))
    }

    /// Why a job may not start its stage now, if it may not.
    private static func rest(for job: Job, at now: Timestamp, _ database: Database) throws -> (failure: Failure, until: Timestamp)? {
        if let pause = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT until, reason FROM stage_pauses WHERE stage = ? AND until > ?"),
            arguments: [job.stage.rawValue, now.milliseconds])
        {
            return (Failure(.local, "stage_paused", pause["reason"]), Timestamp(milliseconds: pause["until"]))
        }
        guard Lane(for: job.stage, of: job) == .network, var breaker = try breaker(job.site, database) else { return nil }
        let until = breaker.admit(at: now)
        try save(breaker, database)
        guard let until else { return nil }
        return (
            Failure(.blocked, "site_paused", "\(job.site) is left alone: \(breaker.reason ?? "it blocked us")"), until
        )
    }

    @discardableResult
    public func apply(_ transition: JobTransition, to jobID: String, from state: JobState, owner: String?) async throws -> JobDetails {
        let now = clock()
        return try await write { database in
            guard let job = try Self.job(jobID, database) else { throw JobsError.notFound(jobID: jobID) }
            guard job.state == state, owner == nil || job.lease?.owner == owner else { throw JobsError.movedByAnother(jobID: jobID) }
            return try self.apply(transition, to: job, at: now, database)
        }
    }

    public func apply(
        _ transition: JobTransition, to jobID: String, from state: JobState, owner: String, thenStartNextIn lane: Lane
    ) async throws -> (moved: JobDetails, next: JobDetails?) {
        let now = clock()
        return try await write { database in
            guard let job = try Self.job(jobID, database) else { throw JobsError.notFound(jobID: jobID) }
            guard job.state == state, job.lease?.owner == owner else { throw JobsError.movedByAnother(jobID: jobID) }
            let moved = try self.apply(transition, to: job, at: now, database)
            guard let next = try self.firstInLine(lane, database), try Self.rest(for: next, at: now, database) == nil
            else { return (moved, nil) }
            return (moved, try self.start(next, owner: owner, at: now, database))
        }
    }

    private func start(_ job: Job, owner: String, at now: Timestamp, _ database: Database) throws -> JobDetails {
        let lease = Job.Lease(owner: owner, expires: now.adding(seconds: Self.leaseSeconds))
        let started = try apply(.start(lease), to: job, at: now, database)
        if job.state == .queued { try Self.advanceClock(to: job, database) }
        return started
    }

    /// The one guarded UPDATE through which every move of a job goes.
    /// - Parameters:
    ///   - before: the job as it is in the database.
    ///   - turn: a new place in the fair order.
    private func apply(
        _ transition: JobTransition, to before: Job, turn: Int64? = nil, at now: Timestamp, _ database: Database
    ) throws -> JobDetails {
        var job = before
        try transition.apply(to: &job, at: now)
        job.revision += 1
        if let turn { job.turn = turn }
        // Another priority has another clock: first among those that wait there now.
        if job.priority != before.priority { job.turn = try Self.clock(job.priority, database) }
        let update = try JobRow.update(job, guardedBy: before)
        try database.cachedStatement(sql: update.sql).execute(arguments: update.arguments)
        guard database.changesCount == 1 else { throw JobsError.movedByAnother(jobID: job.id) }
        if let ending = transition.attemptOutcome {
            try database.cachedStatement(
                sql: "UPDATE attempts SET ended_at = ?, outcome = ?, failure = ? WHERE job_id = ? AND ended_at IS NULL"
            )
            .execute(arguments: [now.milliseconds, ending.outcome, try JobRow.json(ending.failure), job.id])
        }
        if case .start = transition {
            try database.cachedStatement(sql: "INSERT INTO attempts (job_id, stage, started_at) VALUES (?, ?, ?)")
                .execute(arguments: [job.id, job.stage.rawValue, now.milliseconds])
        }
        if job.state != before.state { try Self.note(job.state, of: job.id, at: now, database) }
        let details = try Self.details(job, database)
        if job.state != before.state { try announce(details, at: now, database) }
        return details
    }

    private static func note(_ state: JobState, of jobID: String, at time: Timestamp, _ database: Database) throws {
        try database.cachedStatement(sql: "INSERT INTO history (job_id, status, at) VALUES (?, ?, ?)")
            .execute(arguments: [jobID, state.rawValue, time.milliseconds])
    }

    public func note(progress: Double, of jobID: String, owner: String) async throws {
        let now = clock()
        try await write { database in
            try database.cachedStatement(
                sql: """
                    UPDATE jobs SET progress = max(progress, ?), lease_expires_at = ?, updated_at = ?
                    WHERE job_id = ? AND lease_owner = ?
                    """
            )
            .execute(arguments: [
                progress, now.adding(seconds: Self.leaseSeconds).milliseconds, now.milliseconds, jobID, owner,
            ])
        }
    }

    public func note(videoID: String?, title: String?, warnings: [String], of jobID: String) async throws {
        let now = clock()
        try await write { database in
            guard let job = try Self.job(jobID, database) else { throw JobsError.notFound(jobID: jobID) }
            let all = job.warnings + warnings.filter { !job.warnings.contains($0) }
            try database.execute(
                sql: """
                    UPDATE jobs SET video_id = coalesce(?, video_id), title = coalesce(title, ?), warnings = ?, updated_at = ?
                    WHERE job_id = ?
                    """,
                arguments: [videoID, title, try JobRow.json(all), now.milliseconds, jobID])
        }
    }

    public func enqueueDue(limit: Int) async throws -> (enqueued: [JobDetails], next: Timestamp?) {
        let now = clock()
        // Asked at every move of a job, and mostly nothing is due: that must not cost a turn of the writer.
        let first = try await pool.read(Self.nextDue)
        guard let first, first <= now else { return ([], first) }
        return try await write { database in
            // A stage that rests on: its jobs wait on, without a turn through the line and back.
            try database.execute(
                sql: """
                    UPDATE jobs SET not_before = (SELECT until FROM stage_pauses WHERE stage_pauses.stage = jobs.stage)
                    WHERE not_before <= ?1 AND EXISTS (
                        SELECT 1 FROM stage_pauses WHERE stage_pauses.stage = jobs.stage AND until > ?1)
                    """, arguments: [now.milliseconds])
            let due = try Row.fetchAll(
                database, sql: "\(JobRow.select) WHERE jobs.not_before <= ? ORDER BY jobs.not_before, jobs.seq LIMIT ?",
                arguments: [now.milliseconds, limit])
            var turns: [String: TurnGiver] = [:]
            let enqueued = try due.map { row in
                let job = try JobRow.job(row)
                var turn: Int64?
                // The others went on meanwhile: those that come back take turns with whoever is there now.
                if try job.turn < Self.clock(job.priority, database) {
                    turn = try turns[job.dropID, default: TurnGiver(dropID: job.dropID)].turn(for: job, database)
                }
                return try self.apply(.enqueue, to: job, turn: turn, at: now, database)
            }
            for giver in turns.values { try giver.finish(database) }
            return (enqueued, try Self.nextDue(database))
        }
    }

    public func siteBlocked(_ site: String, reason: String, wish: Timestamp?) async throws -> Timestamp {
        let now = clock()
        return try await write { database in
            var breaker = try Self.breaker(site, database) ?? SiteBreaker(site: site)
            let strikes = breaker.strikes
            let until = breaker.blocked(at: now, reason: reason, wish: wish)
            try Self.save(breaker, database)
            if breaker.strikes > strikes {
                try self.announce(Notice.Body(event: .blocked, at: now, site: site, until: until, reason: reason), database)
            }
            return until
        }
    }

    public func siteAnswered(_ site: String) async throws {
        let now = clock()
        let known = try await pool.read { try Self.breaker(site, $0) != nil }
        guard known else { return }
        try await write { database in
            guard var breaker = try Self.breaker(site, database) else { return }
            breaker.succeeded(at: now)
            try Self.save(breaker, database)
        }
    }

    public func pauseStage(_ stage: JobState, seconds: Double, reason: String) async throws {
        let until = clock().adding(seconds: seconds).milliseconds
        try await write { database in
            try database.execute(
                sql: """
                    INSERT INTO stage_pauses (stage, until, reason) VALUES (?, ?, ?)
                    ON CONFLICT (stage) DO UPDATE SET until = excluded.until, reason = excluded.reason
                    """,
                arguments: [stage.rawValue, until, reason])
        }
    }

    private static func breaker(_ site: String, _ database: Database) throws -> SiteBreaker? {
        guard
            let row = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT state, until, strikes, reason FROM site_breakers WHERE site = ?"), arguments: [site])
        else { return nil }
        var breaker = SiteBreaker(site: site)
        let until = Timestamp(milliseconds: row["until"])
        breaker.state = row["state"] == "open" ? .open(until: until) : .trying(until: until)
        breaker.strikes = row["strikes"]
        breaker.reason = row["reason"]
        return breaker
    }

    private static func save(_ breaker: SiteBreaker, _ database: Database) throws {
        let (state, until): (String, Timestamp)
        switch breaker.state {
        case .closed:
            try database.execute(sql: "DELETE FROM site_breakers WHERE site = ?", arguments: [breaker.site])
            return
        case .open(let time): (state, until) = ("open", time)
        case .trying(let time): (state, until) = ("trying", time)
        }
        try database.execute(
            sql: "INSERT OR REPLACE INTO site_breakers (site, state, until, strikes, reason) VALUES (?, ?, ?, ?, ?)",
            arguments: [breaker.site, state, until.milliseconds, breaker.strikes, breaker.reason ?? "it blocked us"])
    }
}
