import Foundation
import Jobs
import Logging
import Pipeline
import Report
import ServiceLifecycle
import SpoolFiles
import Synchronization
import SystemPackage
import UnixSignals
import Watcher

/// The daemon: everything that runs, wired together once.
struct ServiceAssembly: Sendable {
    let settings: Settings
    let logger: Logger

    /// Runs until it is told to stop, and then until every stage has reached a safe point.
    func run() async throws {
        let layout = settings.layout
        let spool = Spool(layout: layout)
        let access = try settings.spoolAccess()
        FolderModes.limit(to: access.folderMode)
        if let owner = access.owner, owner != geteuid() {
            logger.warning(
                "what the daemon writes belongs to the user who runs it, not to spool.owner; run it as that user",
                metadata: ["runs_as": "\(geteuid())", "spool.owner": "\(owner)"])
        }
        if spool.isMissing {
            try spool.make(access)
            logger.notice("made a new spool", metadata: ["spool": "\(layout.root)"])
        }
        guard let identity = spool.identity() else {
            throw CommandError.notReady(
                "\(layout.root) is there but is no spool",
                hint: "If it is a mount point, mount the share first. To make a spool in it, run spoolscribe init")
        }
        try spool.makePresets(settings.presets.keys.sorted(), access)
        try spool.removeFormerPresets(settings.presets.keys.sorted())
        let lock = try takeLock(layout)
        defer { withExtendedLifetime(lock) {} }
        let notifications = try settings.notifications()
        let unrecorded = FileSystem.exists(settings.database) ? 0 : try FileSystem.list(layout.videos).count { !$0.string.hasPrefix(".") }
        if unrecorded > 0 {
            logger.warning(
                "the database is new, but there are videos: stop the daemon and run spoolscribe rebuild, so that they are found and can be changed",
                metadata: ["database": "\(settings.database)", "videos": "\(unrecorded)"])
        }
        let store = try openStore(notices: notifications.notices, jobsASite: settings.jobsASite)
        let pipeline = try settings.pipeline()
        let toolbox = settings.toolbox
        let isPresent: @Sendable () -> Bool = { spool.identity() == identity }

        let report = ReportService(
            builder: try SiteBuilder(
                layout: layout, store: store, version: Version.current, options: try settings.site(), logger: logger),
            delay: settings.reportDelay, logger: logger)
        let worker = WhisperWorker(toolbox: toolbox, settings: pipeline, logger: logger)
        let bell = Doorbell()
        let folders = JobFolders(layout: layout, logger: logger)
        let running = RunningJobs()
        let results = ResultsFolder(layout: layout, store: store, rules: try settings.resultsRules())
        let gate = BundleGate()
        let remover = VideoRemover(layout: layout, store: store, folders: folders, results: results, gate: gate, logger: logger)
        let rules = try settings.intakeRules()
        let edits = BundleEdits(layout: layout, rules: pipeline.subtitles)
        let statusBell = Doorbell()
        let notifier = NotificationService(store: store, rules: notifications, logger: logger)
        let changed: @Sendable () -> Void = {
            report.changed()
            statusBell.ring()
            notifier.look()
        }
        let troubles = Troubles(changed: changed)
        let status = DaemonStatusService(layout: layout, store: store, troubles: troubles, bell: statusBell, logger: logger)
        let jobsArrived: @Sendable () -> Void = {
            bell.ring()
            changed()
        }
        let control = ControlService(
            layout: layout, store: store, catalogue: store, folders: folders, running: running, results: results, gate: gate,
            edits: edits, remover: remover, rules: rules, keepTrash: settings.days("keep.trash"), troubles: troubles, logger: logger,
            jobsArrived: jobsArrived, changed: changed)
        let intake = IntakeService(
            layout: layout, store: store, folders: folders, rules: rules, control: control, troubles: troubles, logger: logger,
            jobsArrived: jobsArrived)
        let housekeeper = Housekeeper(
            layout: layout, store: store, remover: remover, rules: settings.keeping(), logger: logger, changed: changed)
        let expander = ListExpander(store: store, layout: layout, folders: folders, gate: gate, edits: edits, logger: logger)
        let runner = JobRunner(
            store: store, layout: layout, folders: folders,
            sequence: StageSequence(
                layout: layout, worker: worker, settings: pipeline, toolbox: toolbox, results: results, gate: gate, store: store),
            expander: expander,
            settings: pipeline,
            toolbox: toolbox,
            owner: SortableID.make(), running: running, troubles: troubles, bell: bell, logger: logger, isPresent: isPresent,
            changed: changed)
        let watcher = SpoolWatcher(
            layout: layout, presets: settings.presets.keys.sorted(), mode: settings.watchMode, timing: settings.watchTiming, logger: logger,
            isPresent: isPresent, take: intake.take)

        await control.recover()
        await intake.recover()
        let ready = Announcement {
            logger.notice("ready", metadata: ["spool": "\(layout.root)", "version": "\(Version.current)"])
        }
        // Stopped in the reverse order: first no more drops, then their answers, then the stages, then the recogniser, last the report.
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: report), .init(service: status), .init(service: notifier), .init(service: housekeeper),
                    .init(service: worker), .init(service: runner), .init(service: control),
                    .init(service: watcher), .init(service: ready),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        logger.notice("stopped")
    }

    /// Whatever the shell says: the group may read what is written for the daemon, and others may not.
    static func limitModes() { umask(0o027) }

    func takeLock(_ layout: SpoolLayout) throws -> SpoolLock {
        do {
            return try SpoolLock(layout.lock)
        } catch {
            guard error.reason != nil else { throw error }
            throw CommandError.notReady(error.description)
        }
    }

    /// Opens the database, unless it would lie where several machines write.
    /// - Parameters:
    ///   - notices: what the store keeps to be told.
    ///   - isReader: the daemon's own must not be changed.
    func openStore(notices: Notice.Rules = .init(), jobsASite: Int = 1, isReader: Bool = false) throws -> SQLiteJobStore {
        let path = settings.database
        let folder = path.removingLastComponent()
        let kind = try MountKind(of: folder)
        guard !kind.isRemote else {
            throw CommandError.notReady(
                "the database \(path.string) would lie on \(kind.name), where SQLite is not safe",
                hint: "Set database.path to a file on a local disk of this machine")
        }
        do {
            return try SQLiteJobStore(path: path.string, notices: notices, jobsASite: jobsASite, isReader: isReader)
        } catch {
            throw CommandError.notReady(error.description)
        }
    }
}

/// Says that everything runs, once signals are heeded.
private struct Announcement: Service {
    let say: @Sendable () -> Void

    func run() async throws {
        say()
        try await gracefulShutdown()
    }
}
