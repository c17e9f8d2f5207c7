import Jobs
import Logging
import ServiceLifecycle
import SpoolFiles
import SystemPackage
import Watcher

/// Takes away what is old, also copies by earlier rules: at the start, and each hour. Each kind by its own time in the settings.
public struct Housekeeper: Service {
    /// Days for which things are kept; 0 keeps them for ever.
    public struct Rules: Sendable {
        public var accepted = 30.0
        public var receipts = 90.0
        public var rejected = 90.0
        public var jobs = 90.0
        public var trash = 30.0
        /// Picture and sound in bundles; the text stays.
        public var media = 0.0

        public init() {}
    }

    let layout: SpoolLayout
    let store: any JobStore & VideoStore
    let remover: VideoRemover
    let rules: Rules
    let logger: Logger
    let changed: @Sendable () -> Void

    public init(
        layout: SpoolLayout, store: any JobStore & VideoStore, remover: VideoRemover, rules: Rules, logger: Logger,
        changed: @escaping @Sendable () -> Void
    ) {
        self.layout = layout
        self.store = store
        self.rules = rules
        self.logger = logger
        self.changed = changed
        self.remover = remover
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await sweep(at: await store.now())
                try? await Task.sleep(for: .seconds(3600))
            }
        }
    }

    /// One round. What cannot be removed now is logged, stops nothing else, and is tried again in the next.
    func sweep(at now: Timestamp) async {
        func before(_ days: Double) -> Timestamp? { days > 0 ? now.adding(seconds: -days * 86_400) : nil }
        await step("accepted drops") { try removeDays(in: layout.accepted, before: before(rules.accepted)) }
        for folder in ControlFolder.allCases {
            await step("receipts") { try removeFiles(in: layout.receipts(folder), before: before(rules.receipts)) }
            await step("rejected drops") { try removeRejected(folder, before: before(rules.rejected)) }
        }
        await step("copies") { try await remover.results.followRules(remover.gate, logger) }
        await step("deletions") { try await remover.goOnWithAll() }
        await step("ended jobs") { try await removeJobs(before: before(rules.jobs)) }
        await step("trash") { try await emptyTrash(before: before(rules.trash), at: now) }
        await step("media") { try await removeMedia(before: before(rules.media)) }
    }

    private func step(_ what: String, _ body: () async throws -> Void) async {
        guard !Task.isCancelled else { return }
        do {
            try Spool(layout: layout).requirePresence()
            try await body()
        } catch {
            logger.warning("what is old among the \(what) could not be put right: \(error)")
        }
    }

    /// One of several: that it cannot be done keeps none of the others.
    private func each(_ what: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            logger.warning("something old could not be removed: \(error)", metadata: ["what": "\(what)"])
        }
    }

    /// Folders named by days.
    private func removeDays(in folder: FilePath, before time: Timestamp?) throws(SpoolError) {
        guard let day = time?.day else { return }
        for name in try FileSystem.list(folder) where name.string.count == 10 && name.string < day {
            do {
                try FileSystem.remove(folder.appending(name))
            } catch {
                // A folder that somebody dropped and only they may write in: the others go all the same.
                logger.warning("something old could not be removed: \(error)")
            }
        }
    }

    private func removeFiles(in folder: FilePath, before time: Timestamp?) throws(SpoolError) {
        guard let time else { return }
        for name in try FileSystem.list(folder) {
            let path = folder.appending(name)
            if let modified = FileSystem.attributes(of: path)?.modified, modified < time.milliseconds * 1_000_000 {
                try FileSystem.remove(path)
            }
        }
    }

    /// By the age of the reasons: the drops themselves may be old documents that were put in yesterday.
    private func removeRejected(_ folder: ControlFolder, before time: Timestamp?) throws {
        guard let time else { return }
        let place = layout.rejected(folder)
        for name in try FileSystem.list(place) where name.string.hasSuffix(".reason.json") {
            let reason = place.appending(name)
            guard let receipt = try? SpoolJSON.read(Receipt.self, at: reason), receipt.at < time else { continue }
            for kept in ClaimedDrops.namesInRejected(of: receipt) where layout.rejectionReason(for: kept, in: folder) == reason {
                try FileSystem.remove(place.appending(kept))
            }
            try FileSystem.remove(reason)
        }
    }

    private func removeJobs(before time: Timestamp?) async throws {
        guard let time else { return }
        while !Task.isCancelled {
            let jobs = try await store.prune(endedBefore: time, limit: 500)
            if jobs.isEmpty { break }
            logger.info("forgot old jobs", metadata: ["jobs": "\(jobs.count)"])
            changed()
        }
        // By the folders' days rather than by the list: a crash between the two leaves nothing behind.
        for state in JobState.allCases where state.hasEnded { try removeDays(in: layout.stageFolder(state), before: time) }
    }

    private func emptyTrash(before time: Timestamp?, at moment: Timestamp) async throws {
        guard let time else { return }
        let (videoIDs, jobIDs) = try await store.trashed(before: time)
        for (subject, isVideo) in videoIDs.map({ ($0, true) }) + jobIDs.map({ ($0, false) }) where !Task.isCancelled {
            let removal = Removal(subject: subject, isVideo: isVideo, requestedBy: "spoolscribe", requestedAt: moment)
            await each(subject) {
                try await remover.begin(removal) {
                    let now = try await store.trashed(before: time)
                    return now.videoIDs.contains(subject) || now.jobIDs.contains(subject)
                }
                changed()
            }
        }
        // Bundles of videos that were made anew since: nothing points to them any more. Their age is that of their deletion.
        for name in try FileSystem.list(layout.trash) where !name.string.hasPrefix(".") && !SortableID.isValid(name.string) {
            let path = layout.trash.appending(name)
            let videoID = name.string.split(separator: "~").first.map(String.init) ?? name.string
            await each(name.string) {
                try await remover.gate.pass {
                    guard let changed = FileSystem.attributes(of: path)?.changed, changed < time.milliseconds * 1_000_000,
                        let record = try await store.video(videoID), record.deletedAt == nil || videoID != name.string
                    else { return }
                    try FileSystem.remove(path)
                }
            }
        }
    }

    /// Bundles are made anew without their media; the text, the thumbnail and everything else stay.
    private func removeMedia(before time: Timestamp?) async throws {
        guard let time else { return }
        for name in try FileSystem.list(layout.videos) where !name.string.hasPrefix(".") && !Task.isCancelled {
            let bundle = layout.videos.appending(name)
            await each(name.string) { try await removeMedia(of: name.string, bundle, before: time) }
        }
    }

    private func removeMedia(of videoID: String, _ bundle: FilePath, before time: Timestamp) async throws {
        let isChanged = try await remover.gate.pass {
            guard let manifest = try? SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name)),
                manifest.createdAt < time, manifest.files.contains(where: { Self.isMedia($0.path) })
            else { return false }
            let layout = layout
            try await BlockingWork.run { () throws(SpoolError) in
                let writer = try BundleWriter(layout: layout, videoID: videoID, workID: SortableID.make())
                try writer.takeOver(except: Self.isMedia)
                try writer.finish(
                    jobID: manifest.jobID, createdAt: manifest.createdAt, engine: manifest.engine, warnings: manifest.warnings)
            }
            try await remover.results.renew(videoID)
            return true
        }
        if isChanged { changed() }
    }

    private static func isMedia(_ path: String) -> Bool { path.hasPrefix("media/video.") || path.hasPrefix("media/audio.") }
}
