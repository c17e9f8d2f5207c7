import FoundationEssentials
import Jobs
import Logging
import SpoolFiles
import Synchronization
import SystemPackage
import Watcher

/// Keeps the folders of jobs where the store says they are, each with its sidecar. The store is the truth; this follows.
///
/// Moves of one job may be followed from several places at once, and late: an older view of a job never undoes a newer one.
/// Folders move at once. A sidecar may wait for the next turn of `writeLateSidecars`: of states that a job only passes through
/// none is written, since nobody could read it; its history has them all.
public final class JobFolders: Sendable {
    let layout: SpoolLayout
    let logger: Logger
    private let recent = (0..<16).map { _ in Recent() }

    /// The revisions that were followed last, of some of the jobs. Its lock is held while a folder of one of them moves.
    private final class Recent: Sendable {
        let revisions = Mutex<[String: Int64]>([:])
        /// Views that are older than this many moves of other jobs are not in flight any more.
        static let limit = 1024
    }

    public init(layout: SpoolLayout, logger: Logger) {
        self.layout = layout
        self.logger = logger
    }

    func path(of job: Job) -> FilePath {
        job.deletedAt == nil ? layout.job(job.id, in: job.state, endedOn: job.endedOn) : layout.trashed(job.id)
    }

    /// When a sidecar is written.
    enum SidecarTime { case now, late }

    /// Sidecars that wait.
    private let late = Mutex<[String: JobDetails]>([:])
    private let lateBell = Doorbell()

    /// Moves the job's folder from where it was, makes it if it is missing, and writes its sidecar.
    /// - Parameters:
    ///   - previous: where it was; `nil` if it is new or unknown.
    ///   - sidecar: of a job that has ended it is always written now.
    @discardableResult
    func follow(_ details: JobDetails, from previous: FilePath?, sidecar: SidecarTime = .now) throws(SpoolError) -> FilePath {
        return try recent(of: details.job.id).revisions.withLock { revisions throws(SpoolError) in
            let job = details.job
            if let seen = revisions[job.id], seen > job.revision {
                // A later move has brought the folder further. Whoever asked for a sidecar now may answer a user next, who then reads
                // it: it must not tell of a time before this move.
                if sidecar == .now { writeWaitingSidecar(job.id) }
                return path(of: job)
            }
            if revisions.count > Recent.limit { revisions = [:] }
            revisions[job.id] = job.revision
            return try place(details, from: previous, sidecar)
        }
    }

    private func place(_ details: JobDetails, from previous: FilePath?, _ sidecar: SidecarTime) throws(SpoolError) -> FilePath {
        try Spool(layout: layout).requirePresence()
        let job = details.job
        let target = path(of: job)
        var source = previous
        if source.map(FileSystem.exists) != true, !FileSystem.exists(target) { source = locate(job.id) }
        if let source, source != target, FileSystem.exists(source) {
            // An ended job's folder is in its last form before it moves: a crash in between leaves what a start goes on with.
            if job.state.hasEnded { try finish(details, in: source) }
            if try !FileSystem.moveIfAbsent(source, to: target) { try merge(source, into: target) }
        } else if !FileSystem.exists(target) {
            try FileSystem.makeFolder(target, below: job.deletedAt == nil ? layout.stageFolder(job.state) : layout.trash)
        }
        if sidecar == .late, !job.state.hasEnded, putOff(details) {
            lateBell.ring()
        } else {
            late.withLock { _ = $0.removeValue(forKey: job.id) }
            if !job.state.hasEnded || source == nil || source == target { try finish(details, in: target) }
        }
        return target
    }

    /// Sidecars that may wait. More than that come faster than they are written, and whoever brings one writes it.
    private static let lateLimit = 200

    private func putOff(_ details: JobDetails) -> Bool {
        late.withLock { late in
            guard late.count < Self.lateLimit || late[details.job.id] != nil else { return false }
            late[details.job.id] = details
            return true
        }
    }

    /// Writes the sidecars that wait, again and again until the task is cancelled.
    func writeLateSidecars() async {
        while !Task.isCancelled {
            await lateBell.wait(until: nil)
            try? await Task.sleep(for: .milliseconds(50))
            writeWaitingSidecars()
        }
    }

    /// Writes those that wait now.
    func writeWaitingSidecars() {
        for jobID in late.withLock({ Array($0.keys) }) {
            // Under the lock of its folder, so that it does not move meanwhile.
            let recent = recent(of: jobID)
            recent.revisions.withLock { _ in writeWaitingSidecar(jobID) }
        }
    }

    /// Writes the one of a job, if it waits; under the lock of its folder.
    private func writeWaitingSidecar(_ jobID: String) {
        guard let details = late.withLock({ $0.removeValue(forKey: jobID) }) else { return }
        do {
            try writeSidecar(details.sidecar(), in: path(of: details.job))
        } catch {
            logger.warning("a status file could not be written: \(error)", metadata: ["job": "\(jobID)"])
        }
    }

    /// Writes a sidecar with progress, which is later than one that waits.
    func writeProgress(_ sidecar: StatusSidecar, in folder: FilePath) throws(SpoolError) {
        late.withLock { _ = $0.removeValue(forKey: sidecar.jobID) }
        try writeSidecar(sidecar, in: folder)
    }

    private func recent(of jobID: String) -> Recent { recent[Int(jobID.hashValue.magnitude % UInt(recent.count))] }

    /// Takes back the folder of a job that did not come into being.
    func remove(new job: Job) throws(SpoolError) { try FileSystem.remove(path(of: job)) }

    /// Writes the sidecar, and of a job that needs it no more removes the work.
    private func finish(_ details: JobDetails, in folder: FilePath) throws(SpoolError) {
        switch details.job.state {
        case .completed: try removeWork(in: folder) { _ in false }
        // What was dropped cannot be fetched again, should the job be retried.
        case .cancelled: try removeWork(in: folder) { JobFiles.isDropped($0, of: details.job) }
        default: break
        }
        try writeSidecar(details.sidecar(), in: folder)
    }

    func writeSidecar(_ sidecar: StatusSidecar, in folder: FilePath) throws(SpoolError) {
        try AtomicFile.write(SpoolJSON.data(sidecar), to: folder.appending(SpoolLayout.sidecarName), durability: .view)
    }

    /// What the stages left is in the bundle, or no longer wanted.
    private func removeWork(in folder: FilePath, except isKept: (String) -> Bool) throws(SpoolError) {
        for name in try FileSystem.list(folder) where name.string != SpoolLayout.sidecarName && !isKept(name.string) {
            try FileSystem.remove(folder.appending(name))
        }
    }

    /// Both places have a folder of the job, because a crash came between two steps: nothing of either is lost.
    private func merge(_ source: FilePath, into target: FilePath) throws(SpoolError) {
        guard FileSystem.exists(source) else { return }
        for name in try FileSystem.list(source) {
            let file = source.appending(name)
            if name.string == SpoolLayout.sidecarName {
                try FileSystem.remove(file)
            } else if try !FileSystem.moveIfAbsent(file, to: target.appending(name)) {
                _ = try FileSystem.moveIfAbsent(file, to: target.appending("\(name.string).\(SortableID.make())"))
            }
        }
        if try !FileSystem.removeIfEmpty(source) {
            logger.warning("a job's folder could not be emptied", metadata: ["folder": "\(source)"])
        }
    }

    /// Where a job's folder is, wherever that is.
    func locate(_ jobID: String) -> FilePath? {
        if FileSystem.exists(layout.trashed(jobID)) { return layout.trashed(jobID) }
        for state in JobState.allCases {
            let folder = layout.stageFolder(state)
            let days = state.hasEnded ? (try? FileSystem.list(folder)) ?? [] : []
            let places = state.hasEnded ? days.map { folder.appending($0).appending(jobID) } : [folder.appending(jobID)]
            if let place = places.first(where: FileSystem.exists) { return place }
        }
        return nil
    }

    /// Puts every folder where the store says it belongs, and makes what is missing. Run at every start.
    ///
    /// Jobs may move meanwhile. What cannot be put right is logged and tried again at the next start; it stops nothing else.
    func reconcile(_ store: any JobStore) async throws {
        // A state and a page at a time: there may be a hundred thousand.
        var unknown: [String] = []
        for state in JobState.allCases where !state.hasEnded {
            for name in try FileSystem.list(layout.stageFolder(state)) where SortableID.isValid(name.string) && !Task.isCancelled {
                if let details = try await store.details(of: name.string) {
                    putRight(details, from: layout.stageFolder(state).appending(name))
                } else {
                    unknown.append(name.string)
                }
            }
        }
        var last: String?
        while !Task.isCancelled {
            let jobs = try await store.openJobs(after: last, limit: 500)
            for job in jobs where !FileSystem.exists(path(of: job)) {
                if let details = try await store.details(of: job.id) { putRight(details, from: nil) }
            }
            guard let final = jobs.last else { break }
            last = final.id
        }
        // Intake makes folders before it records their jobs: those are known by now.
        for jobID in unknown where try await store.details(of: jobID) == nil {
            logger.warning("a job's folder is not known to the database and is left alone", metadata: ["job": "\(jobID)"])
        }
    }

    private func putRight(_ details: JobDetails, from place: FilePath?) {
        do {
            try follow(details, from: place)
        } catch {
            logger.error("a job's folder could not be put right: \(error)", metadata: ["job": "\(details.job.id)"])
        }
    }
}
