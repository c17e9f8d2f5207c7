import Jobs
import Logging
import ServiceLifecycle
import SpoolFiles
import Synchronization
import SystemPackage
import Watcher

/// Answers drops in the control folders other than `incoming/`, one after the other, while intake goes on.
///
/// A drop stays in `claimed/` until it is answered. One that was cut off by a crash is begun again: what it had done already is
/// found done by it, and not done twice.
public final class ControlService: Service {
    let layout: SpoolLayout
    let store: any JobStore & VideoStore
    let drops: ClaimedDrops
    let jobs: JobControl
    let videos: VideoControl
    let troubles: Troubles
    let logger: Logger
    private let queue = Mutex(Queue())
    private let bell = Doorbell()

    private struct Queue {
        var waiting: [Claim] = []
        /// In the queue or being answered.
        var known: Set<String> = []
    }

    /// Seconds before a drop that could not be answered is tried again.
    private static let pause = 5.0

    /// - Parameters:
    ///   - running: where the stages of jobs can be stopped.
    ///   - keepTrash: days for which what was deleted can be restored.
    ///   - jobsArrived: called when there is new work in the store.
    ///   - changed: called when something changed that the report shows.
    public init(
        layout: SpoolLayout, store: any JobStore & VideoStore, catalogue: any CatalogueStore, folders: JobFolders, running: RunningJobs,
        results: ResultsFolder,
        gate: BundleGate, edits: BundleEdits, remover: VideoRemover, rules: IntakeService.Rules, keepTrash: Double, troubles: Troubles,
        logger: Logger,
        jobsArrived: @escaping @Sendable () -> Void,
        changed: @escaping @Sendable () -> Void
    ) {
        self.layout = layout
        self.store = store
        self.logger = logger
        self.troubles = troubles
        drops = ClaimedDrops(layout: layout, logger: logger)
        jobs = JobControl(
            store: store, folders: folders, running: running, ownership: rules.ownership, jobsArrived: jobsArrived, changed: changed)
        videos = VideoControl(
            layout: layout, store: store, catalogue: VideoCatalogue(layout: layout, store: catalogue), folders: folders, results: results,
            gate: gate, edits: edits, remover: remover, jobs: jobs, rules: rules,
            keepTrash: keepTrash,
            logger: logger)
    }

    /// Takes a claimed drop into the queue; one that is there already is not taken twice.
    func answer(_ claim: Claim) {
        let isNew = queue.withLock { queue in
            guard queue.known.insert(claim.dropID).inserted else { return false }
            queue.waiting.append(claim)
            return true
        }
        if isNew { bell.ring() }
    }

    /// Puts right what an earlier daemon left half done: bundles and deletions. Before anything else writes any.
    public func recover() async {
        do {
            try BundleWriter.recover(layout)
            try await videos.remover.goOnWithAll()
        } catch {
            logger.error("what a crash left could not be put right: \(error)")
        }
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var nextTry: ContinuousClock.Instant?
            var failed: [Claim] = []
            while !Task.isCancelled {
                if let claim = self.next() {
                    if await !self.handle(claim) { failed.append(claim) }
                    continue
                }
                if !failed.isEmpty, nextTry == nil { nextTry = .now + .seconds(Self.pause) }
                await self.bell.wait(until: nextTry)
                if let time = nextTry, time <= .now {
                    let again = failed
                    self.queue.withLock { $0.waiting += again }
                    failed = []
                    nextTry = nil
                }
            }
        }
    }

    private func next() -> Claim? { queue.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() } }

    /// - Returns: `false` if the drop could not be answered and must be tried again.
    func handle(_ claim: Claim) async -> Bool {
        do {
            try Spool(layout: layout).requirePresence()
            // Answered meanwhile, while another look at claimed/ still saw it.
            guard FileSystem.exists(claim.file) else {
                _ = queue.withLock { $0.known.remove(claim.dropID) }
                return true
            }
            // One that is answered already, but not put away, is not asked again: what it named may be gone.
            let receipt: Receipt
            if let known = drops.receipt(of: claim) {
                receipt = known
            } else {
                receipt = try await Uncancelled.run { try await self.receipt(for: claim) }
            }
            try drops.settle(claim, receipt)
            _ = queue.withLock { $0.known.remove(claim.dropID) }
            logger.info(
                "a drop was answered",
                metadata: [
                    "drop": "\(claim.name)", "folder": "\(claim.place.folder.rawValue)", "actions": "\(receipt.actions?.count ?? 0)",
                    "refused": "\(receipt.refused.count)",
                ])
            return true
        } catch {
            logger.error("a drop waits in claimed/ and is tried again: \(error)", metadata: ["drop": "\(claim.name)"])
            troubles.note(claim.name, "it was taken, but cannot be answered yet, and is tried again: \(error)", about: claim.file)
            return false
        }
    }

    private func receipt(for claim: Claim) async throws -> Receipt {
        let order = ControlParser(folder: claim.place.folder, models: videos.rules.models).parse(claim)
        var answer = ControlAnswer(refused: order.refused)
        // What was only half understood is not done at all: half a wish is another wish.
        if order.refused.isEmpty {
            // What is gone for good can be found by no name any more.
            let gone = DoneNotes(claim: claim).actions
            if !gone.isEmpty { try await videos.remover.goOnWithAll() }
            for target in try await targets(of: order, for: claim.userID) {
                let done = gone.filter { $0.target == target.target.text }
                if target.subject?.isNothing ?? true, !done.isEmpty {
                    answer.actions += done
                } else {
                    try await act(order.wish, on: target, claim, &answer)
                }
            }
        }
        return Receipt(
            drop: claim.name, dropID: claim.dropID, folder: claim.place.folder, at: await store.now(), userID: claim.userID,
            jobs: answer.jobs, actions: answer.actions, refused: answer.refused)
    }

    /// A target with what it stands for.
    private struct Found {
        let target: ControlOrder.Target
        let subject: Subject?
    }

    /// What a drop's lines name, or the drop's own name where it holds nothing but links or nothing at all: people move an earlier
    /// drop into the folder.
    private func targets(of order: ControlOrder, for user: String) async throws -> [Found] {
        let found = try await find(order.targets, for: user)
        let namesSomething = found.contains { $0.subject != nil && !$0.target.isLink }
        if namesSomething || !found.isEmpty && !found.contains(where: \.target.isLink) { return found }
        for name in order.names {
            guard let subject = try await store.subject(named: name, for: user) else { continue }
            // A list of the same name with other links is another list.
            if case .drop(_, let jobs) = subject, !order.targets.isEmpty {
                let links = Set(order.targets.compactMap { try? VideoAddress($0.text).videoID })
                guard jobs.allSatisfy({ $0.addressID.map(links.contains) ?? false }) else { continue }
            }
            return [Found(target: .init(text: name), subject: subject)]
        }
        for name in order.namesOfCopy {
            guard let subject = try await store.subject(named: name, for: user), case .video(name, _, _) = subject else { continue }
            return [Found(target: .init(text: name), subject: subject)]
        }
        return found.isEmpty ? [Found(target: .init(text: order.names.first ?? ""), subject: nil)] : found
    }

    private func find(_ targets: [ControlOrder.Target], for user: String) async throws -> [Found] {
        var found: [Found] = []
        for target in targets {
            let name = (try? VideoAddress(target.text).videoID) ?? target.text
            found.append(Found(target: target, subject: try await store.subject(named: name, for: user)))
        }
        return found
    }

    private func act(_ wish: ControlOrder.Wish, on found: Found, _ claim: Claim, _ answer: inout ControlAnswer) async throws {
        let target = found.target
        guard let subject = found.subject else {
            answer.refuse(
                target, "there is no job, no video and no earlier drop of that name",
                "A job's id stands in the receipt of its drop, a video's id is the name of its folder in videos/", code: .notFound)
            return
        }
        if subject.isNothing {
            answer.refuse(
                target, "nothing is there of what this drop made: it made no job, or all was removed for good",
                "The receipts of drops into delete/ tell what was removed", code: .notFound)
            return
        }
        if case .ambiguous(let videoIDs) = subject {
            answer.refuse(target, "several videos have that id: \(videoIDs.joined(separator: ", "))", "Use one of these names")
            return
        }
        switch wish {
        case .retry: try await jobs.retry(subject, target, claim, &answer)
        case .cancel: try await jobs.cancel(subject, target, claim, &answer)
        case .delete(let isHard): try await videos.delete(subject, target, isHard: isHard, claim, &answer)
        case .restore: try await videos.restore(subject, target, claim, &answer)
        case .update(let edits): try await videos.update(subject, edits, target, claim, &answer)
        case .correct(let correction): try await videos.correct(subject, correction, target, claim, &answer)
        case .version(let id): try await videos.restoreVersion(subject, id, target, claim, &answer)
        case .reprocess(let spec): try await videos.reprocess(subject, spec, target, claim, &answer)
        }
    }
}

/// What a receipt will say.
struct ControlAnswer: Sendable {
    var jobs: [Receipt.Job] = []
    var actions: [Receipt.Action] = []
    var refused: [Receipt.Refusal] = []

    init(refused: [Receipt.Refusal]) { self.refused = refused }

    mutating func refuse(_ target: ControlOrder.Target, _ reason: String, _ hint: String?, code: Receipt.Refusal.Code? = nil) {
        refused.append(.init(line: target.line, text: target.text, reason: reason, hint: hint, code: code))
    }
}
