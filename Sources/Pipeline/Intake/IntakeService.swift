import FoundationEssentials
import Jobs
import Logging
import SpoolFiles
import SystemPackage
import Watcher

/// Turns ready files into jobs. Every step can be repeated: a crash between any two of them loses nothing and makes nothing twice.
///
/// rename into `claimed/` → parse → job folders with sidecars and recordings → one transaction with all drops and jobs →
/// receipt → `accepted/` or `rejected/`. The folders come before the transaction, so that a lane that takes a job at once
/// finds its recording; their names follow from the drop's id, so that a repetition makes the same ones.
public struct IntakeService: Sendable {
    let layout: SpoolLayout
    let store: any JobStore
    let folders: JobFolders
    let maxRetries: Int
    let jobsArrived: @Sendable () -> Void
    let logger: Logger

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
        var file: FilePath
        var name: String { file.lastComponent?.string ?? "" }
    }

    /// Takes a batch of ready files. One that cannot be taken now stays where it is and comes again with the next scan.
    public func take(_ files: [ReadyFile]) async {
        await process(files.compactMap(claim))
    }

    /// Goes on with every drop that an earlier daemon had claimed and not finished.
    public func recover() async {
        do {
            let names = try FileSystem.list(layout.claimed).sorted { $0.string < $1.string }
            await process(
                names.compactMap { name in
                    guard let (dropID, folder) = SpoolLayout.parseClaim(name) else { return nil }
                    let path = layout.claimed.appending(name)
                    guard let file = try? FileSystem.list(path).first(where: { !$0.string.hasPrefix(".") }) else {
                        // Claimed but not yet moved in, or moved out but not yet removed: nothing is in it.
                        try? FileSystem.remove(path)
                        return nil
                    }
                    return Claim(dropID: dropID, folder: folder, path: path, file: path.appending(file))
                })
        } catch {
            logger.error("drops that were claimed earlier cannot be read: \(error)")
        }
    }

    private func claim(_ ready: ReadyFile) -> Claim? {
        let dropID = SortableID.make()
        let path = layout.claim(dropID, from: ready.folder)
        let file = path.appending(ready.name)
        do {
            try FileSystem.makeFolder(path)
            guard try FileSystem.moveIfAbsent(ready.path, to: file) else {
                // Somebody took it away again, or another watcher won.
                try FileSystem.remove(path)
                return nil
            }
            return Claim(dropID: dropID, folder: ready.folder, path: path, file: file)
        } catch {
            try? FileSystem.remove(path)
            logger.warning("a drop cannot be taken yet and stays where it is: \(error)")
            return nil
        }
    }

    private func process(_ claims: [Claim]) async {
        guard !claims.isEmpty else { return }
        let now = await store.now()
        var drops: [(claim: Claim, read: ReadDrop)] = []
        for claim in claims {
            do {
                let read = read(claim, at: now)
                if try await store.jobs(ofDrop: claim.dropID).isEmpty {
                    for job in read.jobs { try makeFolder(job, claim) }
                }
                drops.append((claim, read))
            } catch {
                logger.error("a drop waits in claimed/ for the next start: \(error)", metadata: ["drop": "\(claim.name)"])
            }
        }
        guard let stored = await insert(drops.map { ($0.read.record, $0.read.jobs) }) else { return }
        if stored.contains(where: { !$0.isEmpty }) { jobsArrived() }
        for ((claim, read), jobs) in zip(drops, stored) { finish(claim, read, jobs) }
    }

    /// Tries until the database takes them; nothing more is taken meanwhile.
    /// - Returns: `nil` if the task was cancelled first. The drops are in `claimed/` then.
    private func insert(_ drops: [(drop: DropRecord, jobs: [Job])]) async -> [[Job]]? {
        while true {
            do {
                return try await store.insert(drops)
            } catch {
                logger.error("the database does not take drops; they wait in claimed/: \(error)", metadata: ["drops": "\(drops.count)"])
            }
            do { try await Task.sleep(for: .seconds(2)) } catch { return nil }
        }
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
            let jobID = SortableID.derived(from: claim.dropID, number: index)
            let retries = request.spec.maxRetries ?? maxRetries
            let owner = request.spec.userID ?? user
            return switch request.source {
            case .address(let address):
                Job(
                    id: jobID, dropID: claim.dropID, drop: claim.name, ordinal: index, site: address.site, url: address.url, recording: nil,
                    videoID: nil, userID: owner, spec: request.spec, maxRetries: retries, createdAt: now)
            case .recording(let name):
                Job(
                    id: jobID, dropID: claim.dropID, drop: claim.name, ordinal: index, site: "file", url: nil, recording: name,
                    videoID: nil, userID: owner, spec: request.spec, maxRetries: retries, createdAt: now)
            }
        }
        return ReadDrop(record: record, jobs: jobs, refused: parsed.refused)
    }

    /// After the transaction: what people see.
    private func finish(_ claim: Claim, _ read: ReadDrop, _ jobs: [Job]) {
        do {
            let receipt = Receipt(
                drop: claim.name, dropID: claim.dropID, folder: claim.folder, at: read.record.takenAt, userID: read.record.userID,
                jobs: jobs.map { .init(jobID: $0.id, videoID: $0.videoID, url: $0.url, file: $0.recording) }, refused: read.refused)
            // The answer first, the file last: while the file is in `claimed/`, a restart begins this again.
            try AtomicFile.write(SpoolJSON.data(receipt), to: layout.receipt(for: claim.name, in: claim.folder), durability: .view)
            if receipt.outcome == .rejected {
                try AtomicFile.write(
                    SpoolJSON.data(receipt), to: layout.rejectionReason(for: claim.name, in: claim.folder), durability: .view)
                try FileSystem.move(claim.file, to: layout.rejected(claim.folder).appending(claim.name))
            } else {
                let accepted = layout.accepted(claim.dropID, day: read.record.takenAt.day)
                try FileSystem.makeFolder(accepted)
                try FileSystem.move(claim.file, to: accepted.appending(claim.name))
            }
            try FileSystem.remove(claim.path)
            logger.info(
                "a drop was taken",
                metadata: [
                    "drop": "\(claim.name)", "jobs": "\(jobs.count)", "refused": "\(read.refused.count)",
                ])
        } catch {
            logger.error(
                "the answer to a drop could not be written; it goes on at the next start: \(error)", metadata: ["drop": "\(claim.name)"])
        }
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
