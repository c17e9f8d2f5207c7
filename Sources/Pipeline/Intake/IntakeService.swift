import FoundationEssentials
import Jobs
import Logging
import SpoolFiles
import Synchronization
import SystemPackage
import Watcher

/// Turns ready files into jobs. Every step can be repeated: a crash between any two of them loses nothing and makes nothing twice.
///
/// rename into `claimed/` → parse → job folders with sidecars and recordings → one transaction with all drops and jobs →
/// receipt → `accepted/` or `rejected/`. The folders come before the transaction, so that a lane that takes a job at once
/// finds its recording; their names follow from the drop's id, so that a repetition makes the same ones.
public final class IntakeService: Sendable {
    /// Drops that are taken in one transaction at most.
    private static let batchSize = 256

    let layout: SpoolLayout
    let store: any JobStore
    let folders: JobFolders
    let maxRetries: Int
    let jobsArrived: @Sendable () -> Void
    let logger: Logger
    /// Something lies in `claimed/` that could not be finished.
    private let hasLeftovers = Atomic<Bool>(false)

    /// - Parameters:
    ///   - maxRetries: for jobs whose spec does not say.
    ///   - jobsArrived: called when there is new work in the store.
    public init(
        layout: SpoolLayout, store: any JobStore, maxRetries: Int, logger: Logger, jobsArrived: @escaping @Sendable () -> Void
    ) {
        self.layout = layout
        self.store = store
        self.maxRetries = maxRetries
        self.logger = logger
        self.jobsArrived = jobsArrived
        folders = JobFolders(layout: layout, logger: logger)
    }

    /// A drop in `claimed/`.
    private struct Claim {
        let dropID: String
        let folder: ControlFolder
        let path: FilePath
        let file: FilePath
        let name: String
        /// Claimed by an earlier daemon, or earlier by this one.
        var isLeftover = false
    }

    /// Takes a batch of ready files, and goes on with what could not be finished earlier. One that cannot be taken now stays
    /// where it is and comes again with the next scan.
    public func take(_ files: [ReadyFile]) async {
        if hasLeftovers.exchange(false, ordering: .relaxed) { await recover() }
        // In bounded pieces: memory does not grow with the batch, and the first receipts come early.
        for start in stride(from: 0, to: files.count, by: Self.batchSize) {
            await process(files[start..<min(start + Self.batchSize, files.count)].compactMap(claim))
        }
    }

    /// Goes on with every drop that was claimed and not finished.
    public func recover() async {
        do {
            let names = try FileSystem.list(layout.claimed).sorted { $0.string < $1.string }
            await process(names.compactMap(leftover))
        } catch {
            logger.error("drops that were claimed earlier cannot be read: \(error)")
            hasLeftovers.store(true, ordering: .relaxed)
        }
    }

    private func leftover(_ name: FilePath.Component) -> Claim? {
        guard let (dropID, folder) = SpoolLayout.parseClaim(name) else { return nil }
        let path = layout.claimed.appending(name)
        do {
            // Claimed but not yet moved in, or moved out but not yet removed: nothing is in it.
            if try FileSystem.removeIfEmpty(path) { return nil }
            guard let file = try FileSystem.list(path).first else { return nil }
            return Claim(dropID: dropID, folder: folder, path: path, file: path.appending(file), name: file.string, isLeftover: true)
        } catch {
            logger.error("a drop that was claimed earlier cannot be read: \(error)")
            hasLeftovers.store(true, ordering: .relaxed)
            return nil
        }
    }

    private func claim(_ ready: ReadyFile) -> Claim? {
        let dropID = SortableID.make()
        if FileSystem.attributes(of: ready.path)?.kind == .folder {
            answerFolder(ready, dropID)
            return nil
        }
        let path = layout.claim(dropID, from: ready.folder)
        let file = path.appending(ready.name)
        do {
            try FileSystem.makeFolder(path)
            if try FileSystem.moveIfAbsent(ready.path, to: file) || FileSystem.exists(file) {
                return Claim(dropID: dropID, folder: ready.folder, path: path, file: file, name: ready.name)
            }
            // Somebody took it away again, or another watcher won.
            try FileSystem.removeIfEmpty(path)
        } catch {
            logger.warning("a drop cannot be taken yet and stays where it is: \(error)")
            if (try? FileSystem.removeIfEmpty(path)) != true { hasLeftovers.store(true, ordering: .relaxed) }
        }
        return nil
    }

    /// A folder is left where it is, since somebody may still be filling it; its receipt says what to do.
    private func answerFolder(_ ready: ReadyFile, _ dropID: String) {
        let receipt = Receipt(
            drop: ready.name, dropID: dropID, folder: ready.folder, at: .now(),
            userID: FileSystem.attributes(of: ready.path).map { UserNames.name(of: $0.owner) } ?? "unknown", jobs: [],
            refused: [
                .init(reason: "it is a folder, and this version takes files only; it was left where it is", hint: "Drop the files in it")
            ])
        do {
            try AtomicFile.write(SpoolJSON.data(receipt), to: layout.receipt(for: ready.name, in: ready.folder), durability: .view)
            logger.notice("a folder was dropped and is left where it is", metadata: ["folder": "\(ready.name)"])
        } catch {
            logger.error("\(error)")
        }
    }

    private func process(_ claims: [Claim]) async {
        guard !claims.isEmpty else { return }
        let now = await store.now()
        var drops: [(claim: Claim, read: ReadDrop)] = []
        for claim in claims {
            do {
                try Spool(layout: layout).requirePresence()
                let read = read(claim, at: now)
                // Of a leftover the jobs may be in the store already, and under way: their folders are the runner's then.
                var isKnown = false
                if claim.isLeftover { isKnown = try await !store.jobs(ofDrop: claim.dropID).isEmpty }
                if !isKnown { for job in read.jobs { try makeFolder(job, claim) } }
                drops.append((claim, read))
            } catch {
                postpone(claim, error)
            }
        }
        do {
            let stored = try await store.insert(drops.map { ($0.read.record, $0.read.jobs) })
            jobsArrived()
            for ((claim, read), jobs) in zip(drops, stored) { finish(claim, read, jobs) }
        } catch {
            await insertOneByOne(drops)
        }
    }

    /// After a failed transaction: one drop that the database does not take must not hold back the others.
    private func insertOneByOne(_ drops: [(claim: Claim, read: ReadDrop)]) async {
        for (claim, read) in drops {
            do {
                let stored = try await store.insert([(read.record, read.jobs)])
                jobsArrived()
                finish(claim, read, stored[0])
            } catch {
                postpone(claim, error)
            }
        }
    }

    private func postpone(_ claim: Claim, _ error: any Error) {
        hasLeftovers.store(true, ordering: .relaxed)
        logger.error("a drop waits in claimed/ and is tried again at the next scan: \(error)", metadata: ["drop": "\(claim.name)"])
    }

    private struct ReadDrop {
        let record: DropRecord
        let jobs: [Job]
        let refused: [Receipt.Refusal]
    }

    private func read(_ claim: Claim, at now: Timestamp) -> ReadDrop {
        let user = FileSystem.attributes(of: claim.file).map { UserNames.name(of: $0.owner) } ?? "unknown"
        let record = DropRecord(id: claim.dropID, name: claim.name, folder: claim.folder, userID: user, takenAt: now)
        guard claim.folder == .incoming else {
            return ReadDrop(
                record: record, jobs: [],
                refused: [
                    Receipt.Refusal(
                        reason: "this version takes drops in incoming/ only",
                        hint: "The folder \(claim.folder.rawValue)/ comes with a later version")
                ])
        }
        let parsed = DropParser().parse(claim.file)
        let jobs = parsed.jobs.enumerated().map { index, request in
            let (site, url, recording): (String, String?, String?) =
                switch request.source {
                case .address(let address): (address.site, address.url, nil)
                case .recording(let name): ("file", nil, name)
                }
            return Job(
                id: SortableID.derived(from: claim.dropID, number: index), dropID: claim.dropID, drop: claim.name, ordinal: index,
                site: site,
                url: url, recording: recording, videoID: nil, userID: request.spec.userID ?? user, spec: request.spec,
                maxRetries: request.spec.maxRetries ?? maxRetries, createdAt: now)
        }
        return ReadDrop(record: record, jobs: jobs, refused: parsed.refused)
    }

    /// After the transaction: what people see.
    private func finish(_ claim: Claim, _ read: ReadDrop, _ jobs: [Job]) {
        do {
            try Spool(layout: layout).requirePresence()
            let receipt = Receipt(
                drop: claim.name, dropID: claim.dropID, folder: claim.folder, at: read.record.takenAt, userID: read.record.userID,
                jobs: jobs.map { .init(jobID: $0.id, videoID: $0.videoID, url: $0.url, file: $0.recording) }, refused: read.refused)
            // The answer first, the file last: while the file is in `claimed/`, a restart begins this again.
            try AtomicFile.write(SpoolJSON.data(receipt), to: layout.receipt(for: claim.name, in: claim.folder), durability: .view)
            if receipt.outcome == .rejected {
                let name = rejectedName(for: claim)
                try AtomicFile.write(SpoolJSON.data(receipt), to: layout.rejectionReason(for: name, in: claim.folder), durability: .view)
                try FileSystem.move(claim.file, to: layout.rejected(claim.folder).appending(name))
            } else {
                let accepted = layout.accepted(claim.dropID, day: read.record.takenAt.day)
                try FileSystem.makeFolder(accepted)
                try FileSystem.move(claim.file, to: accepted.appending(claim.name))
            }
            try FileSystem.removeIfEmpty(claim.path)
            logger.info(
                "a drop was taken",
                metadata: [
                    "drop": "\(claim.name)", "jobs": "\(jobs.count)", "refused": "\(read.refused.count)",
                ])
        } catch {
            postpone(claim, error)
        }
    }

    /// The name under which a rejected drop is kept: beside an earlier one of the same name rather than over it.
    private func rejectedName(for claim: Claim) -> String {
        guard FileSystem.exists(layout.rejected(claim.folder).appending(claim.name)) else { return claim.name }
        return DropName.fitting(DropName.stem(claim.name), suffix: ".\(claim.dropID).\(DropName.fileExtension(claim.name))")
    }

    private func makeFolder(_ job: Job, _ claim: Claim) throws {
        let folder = folders.path(of: job)
        try FileSystem.makeFolder(folder)
        if let recording = job.recording {
            let ending = DropName.fileExtension(recording)
            try FileSystem.linkOrCopy(claim.file, to: folder.appending(ending.isEmpty ? "source.bin" : "source.\(ending)"))
        }
        try folders.writeSidecar(JobDetails(new: job).sidecar(), in: folder)
    }
}
