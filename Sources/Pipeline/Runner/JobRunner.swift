import FoundationEssentials
import Jobs
import Logging
import ServiceLifecycle
import SpoolFiles
import SystemPackage
import Watcher

/// Moves jobs through their stages: each lane takes the first in its line whenever it has a free worker.
///
/// It starts by putting back in line what an earlier daemon left running: recovery is an ordinary start.
public struct JobRunner: Service {
    let store: any JobStore & VideoStore
    let expander: ListExpander
    let layout: SpoolLayout
    let folders: JobFolders
    let sequence: StageSequence
    let settings: PipelineSettings
    let toolbox: Toolbox
    let owner: String
    let running: RunningJobs
    let troubles: Troubles
    let isPresent: @Sendable () -> Bool
    let bell: Doorbell
    let changed: @Sendable () -> Void
    let logger: Logger

    /// - Parameters:
    ///   - owner: names this daemon in leases.
    ///   - running: where a stage that runs can be stopped.
    ///   - bell: rung when there may be new work.
    ///   - changed: called when a job changed its state, so that the report follows.
    public init(
        store: any JobStore & VideoStore, layout: SpoolLayout, folders: JobFolders, sequence: StageSequence,
        expander: ListExpander, settings: PipelineSettings, toolbox: Toolbox, owner: String, running: RunningJobs, troubles: Troubles,
        bell: Doorbell,
        logger: Logger,
        isPresent: @escaping @Sendable () -> Bool,
        changed: @escaping @Sendable () -> Void
    ) {
        self.store = store
        self.expander = expander
        self.layout = layout
        self.settings = settings
        self.toolbox = toolbox
        self.owner = owner
        self.running = running
        self.troubles = troubles
        self.bell = bell
        self.logger = logger
        self.isPresent = isPresent
        self.changed = changed
        self.folders = folders
        self.sequence = sequence
    }

    /// What the trouble is about when no work can be taken.
    private static let store = "the record of jobs"

    public func run() async throws {
        try await takeUpAbandoned()
        await cancelWhenGracefulShutdown {
            await work()
        }
    }

    /// Puts back in line what a daemon left running that is no more. One that cannot be moved stops nothing else.
    private func takeUpAbandoned() async throws {
        // One of our own whose lease ran out because the clock jumped is not abandoned.
        for job in try await store.abandoned(owner: owner) where !running.contains(jobID: job.id) {
            let failure = Failure(.transient, "interrupted", "the daemon ended while the job was \(job.state.label)")
            do {
                let details = try await store.apply(.crash(failure), to: job.id, from: job.state, owner: nil)
                logger.notice("goes on after an interruption", metadata: ["job": "\(job.id)", "state": "\(details.job.state)"])
                follow(details, from: nil)
            } catch {
                logger.error("a job could not be taken up again: \(error)", metadata: ["job": "\(job.id)"])
            }
        }
    }

    /// Until the task is cancelled; then waits for the stages to reach a safe point.
    private func work() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await folders.writeLateSidecars() }
            // Meanwhile work goes on: with a hundred thousand jobs it takes a while, and each job's folder follows it anyway.
            group.addTask { await reconcile() }
            let free = FreeWorkers(settings.lanes)
            var disk = DiskWatch(floor: settings.diskFloor, pause: .seconds(settings.retry.localPause))
            var agenda = Agenda()
            while !Task.isCancelled {
                var deadline = ContinuousClock.now + .seconds(2)
                do {
                    if isPresent() {
                        // Rung at every move of a job: what is only a matter of time is looked at now and then.
                        if ContinuousClock.now >= agenda.nextLook { try await look(&disk, &agenda) }
                        for lane in Lane.allCases { try await fill(lane, free, &group) }
                        deadline = agenda.nextLook
                        troubles.clear(Self.store)
                    }
                } catch {
                    // The store or the spool is in trouble; work waits rather than being lost.
                    logger.error("no work can be taken: \(error)")
                    troubles.note(Self.store, "no work can be taken: \(error)")
                }
                await bell.wait(until: deadline)
                agenda.wasRung(at: .now)
            }
            group.cancelAll()
        }
        folders.writeWaitingSidecars()
    }

    /// When to look again at what time alone brings: jobs that are due, free space, leases.
    private struct Agenda {
        /// Leases run out after minutes; the start has just looked.
        var nextLeases = ContinuousClock.now + .seconds(60)
        var nextLook = ContinuousClock.now
        /// After a ring something new may be due, but so many rings need not so many looks.
        private var earliest = ContinuousClock.now

        mutating func looked(at now: ContinuousClock.Instant, nextDue: Duration?, isShortOfSpace: Bool, pause: Duration) {
            earliest = now + .milliseconds(100)
            nextLook = now + min(.seconds(60), nextDue ?? .seconds(60), isShortOfSpace ? pause / 3 : .seconds(60))
        }

        mutating func wasRung(at now: ContinuousClock.Instant) { nextLook = min(nextLook, max(now, earliest)) }
    }

    private func look(_ disk: inout DiskWatch, _ agenda: inout Agenda) async throws {
        try await heedSpace(&disk)
        if ContinuousClock.now >= agenda.nextLeases {
            try await takeUpAbandoned()
            agenda.nextLeases = .now + .seconds(60)
        }
        var wait: Duration?
        if let next = try await enqueueDue() { wait = .seconds(max(0.01, next.seconds(since: await store.now()))) }
        agenda.looked(at: .now, nextDue: wait, isShortOfSpace: disk.isShort, pause: disk.pause)
    }

    /// While the disk is below its floor every stage rests, so that jobs wait with the reason in their sidecars.
    private func heedSpace(_ disk: inout DiskWatch) async throws {
        switch disk.look(free: try FileSystem.space(at: layout.root).free, at: .now) {
        case .short(let reason, let isNew):
            if isNew { logger.error("work waits: \(reason)") }
            for stage in JobState.stages {
                try await store.pauseStage(stage, seconds: settings.retry.localPause, reason: reason)
            }
        case .recovered: logger.notice("there is enough space again; work goes on")
        case .unchanged: break
        }
    }

    private func enqueueDue() async throws -> Timestamp? {
        let (enqueued, next) = try await store.enqueueDue(limit: 500)
        for details in enqueued { follow(details, from: nil) }
        return next
    }

    private func fill(_ lane: Lane, _ free: FreeWorkers, _ group: inout DiscardingTaskGroup) async throws {
        let limit = free.count(lane)
        guard limit > 0 else { return }
        let (started, postponed) = try await store.claim(lane, limit: limit, owner: owner)
        for details in postponed { follow(details, from: nil) }
        // There may be more in line than one turn sets aside.
        if postponed.count > 100 { bell.ring() }
        for details in started {
            free.take(lane)
            group.addTask {
                await workOff(details, lane)
                free.giveBack(lane)
                bell.ring()
            }
        }
    }

    /// Puts right the folders that do not follow the store, as a crash or a person left them.
    private func reconcile() async {
        do {
            try await folders.reconcile(store)
        } catch is CancellationError {
            // The next start begins it again.
        } catch {
            logger.error("the folders of jobs could not be compared with the database: \(error)")
        }
    }

    /// What one worker of a lane does: the stage that was claimed, and then whatever is next in line, as long as there is something.
    private func workOff(_ first: JobDetails, _ lane: Lane) async {
        var current: JobDetails? = first
        while let details = current {
            current = nil
            // Told to stop between its claim and now: it was cancelled, and its folder followed already.
            guard let stop = running.enter(StageRun(details)) else { continue }
            current = await perform(details, lane, stop)
            running.leave(StageRun(details))
            // The job that moved on is in another lane's line.
            bell.ring()
        }
    }

    /// One stage of one job, from its claim to its next state.
    /// - Returns: the next job for this worker, already claimed.
    private func perform(_ details: JobDetails, _ lane: Lane, _ stop: Doorbell) async -> JobDetails? {
        let job = details.job
        do {
            let folder = try folders.follow(details, from: previousPlace(details), sidecar: .late)
            changed()
            let ending = await runStages(details, in: folder, until: stop)
            // The work is done; its outcome is recorded although the daemon may be stopping.
            let mayGoOn = !Task.isCancelled && isPresent()
            let (after, next) = try await Uncancelled.run { () -> (JobDetails, JobDetails?) in
                let transition = try await transition(after: ending, of: job)
                guard mayGoOn else { return (try await store.apply(transition, to: job.id, from: job.state, owner: owner), nil) }
                let (moved, next) = try await store.apply(
                    transition, to: job.id, from: job.state, owner: owner, thenStartNextIn: lane)
                return (moved, next)
            }
            follow(after, from: folder)
            log(after, ending)
            return next
        } catch JobsError.movedByAnother {
            // Cancelled, most likely; what is wanted now stands in the store.
            await followStore(job.id, from: nil)
        } catch {
            logger.error(
                "the outcome of a stage could not be recorded; it is run again",
                metadata: ["job": "\(job.id)", "stage": "\(job.state.rawValue)", "reason": "\(error)"])
            await giveBack(job)
        }
        return nil
    }

    /// Puts a job whose stage could not be run or recorded back in line, after a while. Should that fail too, its lease runs out.
    private func giveBack(_ job: Job) async {
        let failure = Failure(
            .local, "files", "the job's folder or record could not be written", hint: "See the log of the daemon and spoolscribe doctor")
        do {
            let details = try await Uncancelled.run {
                let until = await store.now().adding(seconds: settings.retry.localPause)
                return try await store.apply(.postpone(failure, until: until), to: job.id, from: job.state, owner: owner)
            }
            follow(details, from: nil)
        } catch {
            logger.error("the job waits until its lease runs out: \(error)", metadata: ["job": "\(job.id)"])
        }
    }

    private func runStages(_ details: JobDetails, in folder: FilePath, until stop: Doorbell) async -> StageFailure? {
        let progress = ProgressReporter()
        let work = StageWork(
            job: details.job, files: JobFiles(folder: folder), settings: settings, toolbox: toolbox, progress: progress, jobs: store,
            videos: store,
            manners: SiteManners(store: store, pause: settings.sites.pause), logger: logger, now: store.now
        ) { videoID, title, warnings in
            try await store.note(videoID: videoID, title: title, warnings: warnings, of: details.job.id)
        }
        return await withTaskGroup(of: Void.self, returning: StageFailure?.self) { group in
            group.addTask { await pump(progress, details, folder) }
            group.addTask { await keepLease(details) }
            defer { group.cancelAll() }
            return await stoppable(by: stop) { () async throws(StageFailure) in
                for stage in sequence.stages(details.job.state) { try await stage.run(work) }
            }
        }
    }

    /// Runs a stage in a task that is cancelled when the bell rings.
    private func stoppable(by stop: Doorbell, _ body: @escaping @Sendable () async throws(StageFailure) -> Void) async -> StageFailure? {
        enum Event: Sendable {
            case ended(StageFailure?)
            case stopped
        }
        return await withTaskGroup(of: Event.self) { group in
            group.addTask {
                do throws(StageFailure) {
                    try await body()
                    return .ended(nil)
                } catch {
                    return .ended(error)
                }
            }
            group.addTask {
                await stop.wait(until: nil)
                return .stopped
            }
            for await event in group {
                // The stage is let to its end, which comes soon: what it started ends with it.
                group.cancelAll()
                if case .ended(let failure) = event { return failure }
            }
            return .interrupted
        }
    }

    /// Gives a sign of life to the store while a stage works without progress to report.
    private func keepLease(_ details: JobDetails) async {
        while (try? await Task.sleep(for: .seconds(30))) != nil {
            do {
                try await store.note(progress: details.job.progress, of: details.job.id, owner: owner)
            } catch {
                logger.warning("the lease could not be renewed", metadata: ["job": "\(details.job.id)", "reason": "\(error)"])
            }
        }
    }

    private func pump(_ progress: ProgressReporter, _ details: JobDetails, _ folder: FilePath) async {
        let jobID = details.job.id
        await progress.pump { report in
            do {
                let percent = StageProgress.percent(details.job.state, fraction: report.fraction)
                try await store.note(progress: percent, of: jobID, owner: owner)
                if let now = try await store.details(of: jobID), now.job.lease?.owner == owner, !Task.isCancelled {
                    try folders.writeProgress(now.sidecar(work: report.work), in: folder)
                }
            } catch is CancellationError {
                // The stage has ended meanwhile.
            } catch {
                logger.warning("progress could not be noted", metadata: ["job": "\(jobID)", "reason": "\(error)"])
            }
        }
    }

    /// Lets the job's folder and sidecar follow the store. They are views: what cannot be written now is put right later, and
    /// the move itself holds.
    private func follow(_ details: JobDetails, from previous: FilePath?) {
        defer { changed() }
        do {
            try folders.follow(details, from: previous ?? previousPlace(details), sidecar: .late)
        } catch {
            logger.error("a job's folder does not follow: \(error)", metadata: ["job": "\(details.job.id)"])
        }
    }

    /// The same for a job that somebody else moved.
    private func followStore(_ jobID: String, from previous: FilePath?) async {
        do {
            if let details = try await store.details(of: jobID) { follow(details, from: previous) }
        } catch {
            logger.error("a job's folder does not follow: \(error)", metadata: ["job": "\(jobID)"])
        }
    }

    /// Where the folder was before the last move, by the job's history.
    private func previousPlace(_ details: JobDetails) -> FilePath? {
        details.history.dropLast().last.map { layout.job(details.job.id, in: $0.status, endedOn: nil) }
    }

    private func log(_ after: JobDetails, _ failure: StageFailure?) {
        let job = after.job
        var metadata: Logger.Metadata = ["job": "\(job.id)", "state": "\(job.state.rawValue)"]
        switch failure {
        case .failed(let failure), .crashed(let failure): metadata["reason"] = "\(failure.message)"
        case .interrupted, .alreadyThere, .isList, nil: break
        }
        logger.info(job.state.hasEnded ? "a job has ended" : "a job has moved", metadata: metadata)
    }
}
