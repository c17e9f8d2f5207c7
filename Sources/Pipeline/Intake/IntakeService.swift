import CLinux
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
///
/// What is dropped into the other control folders is claimed here and answered by `ControlService`.
public final class IntakeService: Sendable {
    /// Drops that are taken in one transaction at most.
    private static let batchSize = 256
    /// Jobs after which a transaction is closed.
    private static let jobsAtOnce = 1000

    /// What the settings say about taking drops.
    public struct Rules: Sendable {
        /// Automatic tries, for jobs whose spec does not say.
        public var maxRetries = 3
        /// Values for jobs that are dropped into `incoming/<preset>/`.
        public var presets: [String: JobSpec] = [:]
        public var ownership = Ownership()
        /// The models that jobs may ask for.
        public var models = JobSpec.models
        /// Seconds for which a file that goes with a recording waits for it in `incoming/`.
        public var companionPatience = 30.0
        /// What the settings say where neither spec nor preset does, of what a job must know from its beginning.
        public var defaults = JobSpec()

        public init() {}
    }

    let store: any JobStore
    let folders: JobFolders
    let drops: ClaimedDrops
    let rules: Rules
    let control: ControlService?
    let troubles: Troubles
    let jobsArrived: @Sendable () -> Void
    let logger: Logger
    /// Something lies in `claimed/` that could not be finished.
    private let hasLeftovers = Atomic<Bool>(false)

    /// - Parameters:
    ///   - control: answers drops in the control folders other than `incoming/`.
    ///   - jobsArrived: called when there is new work in the store.
    public init(
        layout: SpoolLayout, store: any JobStore, folders: JobFolders, rules: Rules, control: ControlService?, troubles: Troubles,
        logger: Logger,
        jobsArrived: @escaping @Sendable () -> Void
    ) {
        self.store = store
        self.rules = rules
        self.control = control
        self.troubles = troubles
        self.logger = logger
        self.jobsArrived = jobsArrived
        self.folders = folders
        drops = ClaimedDrops(layout: layout, logger: logger)
    }

    /// Takes a batch of ready files, and goes on with what could not be finished earlier. One that cannot be taken now stays
    /// where it is and comes again with the next scan.
    public func take(_ files: [ReadyFile]) async {
        if hasLeftovers.exchange(false, ordering: .relaxed) { await recover() }
        let companions = Companions(of: files, in: drops.layout)
        // In bounded pieces: memory does not grow with the batch, and the first receipts come early.
        for start in stride(from: 0, to: files.count, by: Self.batchSize) {
            let batch = files[start..<min(start + Self.batchSize, files.count)]
            let now = Timestamp.now()
            await process(
                batch.filter { !companions.isHeld($0, at: now, patience: rules.companionPatience) }.compactMap {
                    claim($0, companions.of($0))
                })
        }
    }

    /// Goes on with every drop that was claimed and not finished.
    public func recover() async {
        do {
            let claims = try drops.leftovers { error in
                logger.error("a drop that was claimed earlier cannot be read: \(error)")
                hasLeftovers.store(true, ordering: .relaxed)
            }
            await process(claims)
        } catch {
            logger.error("drops that were claimed earlier cannot be read: \(error)")
            hasLeftovers.store(true, ordering: .relaxed)
        }
    }

    private func claim(_ ready: ReadyFile, _ companions: [FilePath.Component]) -> Claim? {
        let subject = "\(ready.place.name)/\(ready.name)"
        do {
            let claim = try drops.take(ready, with: companions)
            troubles.clear(subject)
            return claim
        } catch {
            logger.warning("a drop cannot be taken yet and stays where it is: \(error)")
            var words = "\(error)"
            if error.errno == .permissionDenied, let hint = drops.answerWithoutTaking(ready, at: .now()) { words = hint }
            troubles.note(subject, "it cannot be taken yet and is tried again: \(words)", about: ready.path)
            hasLeftovers.store(true, ordering: .relaxed)
            return nil
        }
    }

    private func process(_ claims: [Claim]) async {
        await takeIn(claims.filter { $0.place.folder == .incoming })
        for claim in claims where claim.place.folder != .incoming { control?.answer(claim) }
    }

    private func takeIn(_ claims: [Claim]) async {
        guard !claims.isEmpty else { return }
        let now = await store.now()
        var read: [(claim: Claim, drop: ReadDrop)] = []
        var jobs = 0
        for claim in claims {
            do {
                try Spool(layout: drops.layout).requirePresence()
                let drop = self.read(claim, at: now)
                // Of a leftover the jobs may be in the store already, and under way: their folders are the runner's then.
                let isKnown = claim.isLeftover ? try await store.taken(ofDrop: claim.dropID) != nil : false
                if !isKnown { for (job, request) in zip(drop.jobs, drop.requests) { try makeFolder(job, request, claim) } }
                read.append((claim, drop))
                jobs += drop.jobs.count
            } catch {
                postpone(claim, error)
            }
            // Long lists are not gathered: memory does not grow with what is dropped at once.
            if jobs >= Self.jobsAtOnce {
                await record(read)
                (read, jobs) = ([], 0)
                linux_give_back_memory()
            }
        }
        await record(read)
    }

    /// One transaction for all, then their receipts.
    private func record(_ read: [(claim: Claim, drop: ReadDrop)]) async {
        guard !read.isEmpty else { return }
        do {
            let taken = try await store.insert(read.map { ($0.drop.record, $0.drop.jobs) })
            jobsArrived()
            for ((claim, drop), taken) in zip(read, taken) { finish(claim, drop, taken) }
        } catch {
            await insertOneByOne(read)
        }
    }

    /// After a failed transaction: one drop that the database does not take must not hold back the others.
    private func insertOneByOne(_ read: [(claim: Claim, drop: ReadDrop)]) async {
        for (claim, drop) in read {
            do {
                let taken = try await store.insert([(drop.record, drop.jobs)])
                jobsArrived()
                finish(claim, drop, taken[0])
            } catch {
                postpone(claim, error)
            }
        }
    }

    private func postpone(_ claim: Claim, _ error: any Error) {
        hasLeftovers.store(true, ordering: .relaxed)
        troubles.note(claim.name, "it was taken, but cannot be worked on yet, and is tried again: \(error)", about: claim.file)
        logger.error("a drop waits in claimed/ and is tried again at the next scan: \(error)", metadata: ["drop": "\(claim.name)"])
    }

    private struct ReadDrop {
        let record: DropRecord
        var requests: [RequestedJob] = []
        var jobs: [Job] = []
        var refused: [Receipt.Refusal] = []
    }

    private func read(_ claim: Claim, at now: Timestamp) -> ReadDrop {
        var drop = ReadDrop(
            record: DropRecord(id: claim.dropID, name: claim.name, folder: claim.place.folder, userID: claim.userID, takenAt: now))
        let isFolder = FileSystem.attributes(of: claim.file)?.kind == .folder
        var parsed = isFolder ? FolderParser.parse(claim.file, models: rules.models) : DropParser(models: rules.models).parse(claim.file)
        if !isFolder { addCompanions(of: claim, to: &parsed) }
        drop.refused = parsed.refused
        for request in parsed.jobs {
            var request = request
            if let preset = claim.place.preset.flatMap({ rules.presets[$0] }) { request.spec = request.spec.filled(from: preset) }
            request.spec = request.spec.filled(from: rules.defaults)
            if let user = request.spec.userID, let refusal = rules.ownership.refusal(of: user, askedBy: claim.userID) {
                drop.refused.append(refusal)
                continue
            }
            drop.jobs.append(job(request, claim, ordinal: drop.jobs.count, at: now))
            drop.requests.append(request)
        }
        return drop
    }

    /// What was dropped beside a lone recording.
    private func addCompanions(of claim: Claim, to drop: inout ParsedDrop) {
        let folder = claim.folder.appending(Companions.folderName)
        for name in (try? FileSystem.list(folder).sorted { $0.string < $1.string }) ?? [] {
            guard let (_, kind) = Companions.belongs(name.string, to: [DropName.stem(claim.name)]), !drop.jobs.isEmpty else { continue }
            if var problem = DropParser.problem(with: folder.appending(name)) {
                problem.file = name.string
                drop.refused.append(problem)
            } else {
                drop.jobs[0].companions.append(.init(path: name.string, kind: kind))
            }
        }
    }

    private func job(_ request: RequestedJob, _ claim: Claim, ordinal: Int, at now: Timestamp) -> Job {
        let (address, recording): (VideoAddress?, String?) =
            switch request.source {
            case .address(let address): (address, nil)
            case .recording(let name): (nil, name)
            }
        return Job(
            id: SortableID.derived(from: claim.dropID, number: ordinal), dropID: claim.dropID, drop: claim.name, ordinal: ordinal,
            site: address?.site ?? "file", url: address?.url, recording: recording, videoID: nil,
            userID: request.spec.userID ?? claim.userID, spec: request.spec, maxRetries: request.spec.maxRetries ?? rules.maxRetries,
            createdAt: now, addressID: address?.videoID, politeSite: address?.politeSite)
    }

    /// After the transaction: what people see.
    private func finish(_ claim: Claim, _ drop: ReadDrop, _ taken: [TakenJob]) {
        do {
            for (job, taken) in zip(drop.jobs, taken) where taken.isAlreadyThere { try folders.remove(new: job) }
            var receipt = Receipt(
                drop: claim.name, dropID: claim.dropID, folder: claim.place.folder, at: drop.record.takenAt, userID: claim.userID,
                jobs: zip(zip(drop.jobs, drop.requests), taken).map { Self.line($0.0, $0.1, $1) }, refused: drop.refused)
            receipt.preset = claim.place.preset
            try drops.settle(claim, receipt)
            logger.info(
                "a drop was taken",
                metadata: ["drop": "\(claim.name)", "jobs": "\(taken.count)", "refused": "\(drop.refused.count)"])
        } catch {
            postpone(claim, error)
        }
    }

    /// What the receipt says of a job.
    private static func line(_ job: Job, _ request: RequestedJob, _ taken: TakenJob) -> Receipt.Job {
        var line = Receipt.Job(
            jobID: taken.jobID, videoID: taken.videoID, url: job.url, file: job.recording ?? request.file,
            alreadyThere: taken.isAlreadyThere)
        if !request.companions.isEmpty { line.companions = request.companions.map(\.path) }
        guard let earlier = taken.earlier else { return line }
        line.status = earlier.state
        line.title = earlier.title
        // Not compared with what the settings fill in: who asks for nothing is content with what is there.
        let wishes = job.spec.recognition.filter { $0.value != earlier.spec.recognition[$0.key] }
        var notes: [String] = []
        if !wishes.isEmpty {
            let list = wishes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            notes.append(
                "it was asked for without \(list): drop its video_id with these fields into reprocess/ once it is completed, or this again with \"force\": true"
            )
        }
        if job.spec.includeComments == true, earlier.spec.includeComments != true, earlier.list == nil {
            notes.append("it was asked for without comments: drop this again with \"force\": true for them")
        }
        if let follow = job.spec.follow, follow != earlier.spec.follow {
            notes.append(
                earlier.spec.follow.map {
                    "it is followed every \($0) already: cancel job \(earlier.id), and drop this again for every \(follow)"
                }
                    ?? "it is not followed: \(earlier.list == nil ? "a single video has no new items" : "drop this again once job \(earlier.id) has ended")"
            )
        }
        if !notes.isEmpty { line.note = notes.joined(separator: "; ") }
        return line
    }

    private func makeFolder(_ job: Job, _ request: RequestedJob, _ claim: Claim) throws {
        let folder = folders.path(of: job)
        try FileSystem.makeFolder(folder)
        if let recording = job.recording {
            let isFolder = FileSystem.attributes(of: claim.file)?.kind == .folder
            // The dropped folder is its owner's: no link in it may lead elsewhere.
            func bring(_ name: String, to target: FilePath) throws {
                var path = name.split(separator: "/").compactMap { FilePath.Component(String($0)) }
                guard isFolder, let file = path.popLast() else { return try FileSystem.linkOrCopy(claim.file, to: target) }
                try FileSystem.inside(path, of: claim.file) { try FileSystem.linkOrCopy($0.appending(file), to: target) }
            }
            let files = JobFiles(folder: folder)
            try bring(recording, to: files.source(named: recording))
            for companion in request.companions {
                let target = try files.place(for: companion)
                if isFolder {
                    try bring(companion.path, to: target)
                } else {
                    try FileSystem.linkOrCopy(claim.folder.appending(Companions.folderName).appending(companion.path), to: target)
                }
            }
        }
        try folders.writeSidecar(JobDetails(new: job).sidecar(), in: folder)
    }
}
