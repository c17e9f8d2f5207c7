import Jobs
import Logging
import SpoolFiles
import Synchronization
import SystemPackage

/// Turns a playlist or channel into jobs, one for each item, and tells the receipt of its drop.
public final class ListExpander: Sendable {
    let store: any JobStore & ListStore
    let layout: SpoolLayout
    let folders: JobFolders
    let gate: BundleGate
    let edits: BundleEdits
    let logger: Logger

    /// Lists in lists in lists: channels have tabs, tabs have playlists.
    private static let depthLimit = 3

    public init(
        store: any JobStore & ListStore, layout: SpoolLayout, folders: JobFolders, gate: BundleGate, edits: BundleEdits, logger: Logger
    ) {
        self.store = store
        self.layout = layout
        self.folders = folders
        self.gate = gate
        self.edits = edits
        self.logger = logger
    }

    /// Makes the jobs.
    /// - Returns: what becomes of the list's own job.
    func expand(_ list: SiteList, of job: Job, maxItems: Int) async throws -> JobTransition {
        guard try await depth(of: job) < Self.depthLimit else {
            return .fail(
                Failure(
                    .permanent, "lists_too_deep", "\(job.url ?? "it") is a list in a list in a list",
                    hint: "Drop the link to the list itself"))
        }
        let now = await store.now()
        var look = Self.look(list, of: job, maxItems: maxItems)
        look.nextLook = job.spec.follow.map { now.adding(seconds: $0.seconds) }
        let outcome = try await store.record(look, of: job)
        for made in outcome.made { try folders.follow(JobDetails(new: made), from: nil, sidecar: .late) }
        await mark(outcome)
        try await tell(outcome, of: job)
        logger.info(
            "a list became jobs",
            metadata: ["job": "\(job.id)", "items": "\(outcome.summary.items)", "new": "\(outcome.summary.new)"])
        guard let next = look.nextLook else { return .complete }
        return .rest(
            until: next,
            reason:
                "it is followed: \(outcome.summary.jobs) job\(outcome.summary.jobs == 1 ? "" : "s") so far, \(outcome.summary.new) of them new at the last look. An empty file named \(job.id) in cancel/ ends that"
        )
    }

    private func depth(of job: Job) async throws -> Int {
        var depth = 0
        var above = job.listID
        while let id = above, depth < Self.depthLimit {
            depth += 1
            above = try await store.details(of: id)?.job.listID
        }
        return depth
    }

    // MARK: What the list holds

    static func look(_ list: SiteList, of job: Job, maxItems: Int) -> ListLook {
        var look = ListLook(title: list.title ?? list.channel ?? list.uploader, maxItems: maxItems)
        look.id = list.id
        var seen: Set<String> = [job.addressID ?? ""]
        for (index, entry) in list.entries.prefix(maxItems).enumerated() {
            guard let entry, let address = address(of: entry) else {
                look.holes.append(
                    .init(
                        title: entry?.title, url: entry?.url,
                        reason: entry == nil ? "there is nothing at place \(index + 1)" : "its address cannot be fetched"))
                continue
            }
            guard seen.insert(address.videoID).inserted else { continue }
            look.items.append(
                ListItem(
                    addressID: address.videoID, url: address.url, site: address.site, politeSite: address.politeSite, title: entry.title,
                    unavailable: unavailable(entry)))
        }
        if list.entries.count > maxItems {
            look.isWhole = false
            look.leftOut = list.count.map { max($0 - maxItems, 1) }
        }
        return look
    }

    private static func address(of entry: SiteList.Entry) -> VideoAddress? {
        let texts = [entry.url, entry.webpageURL, entry.extractor == "Youtube" ? entry.id.map { "https://youtu.be/\($0)" } : nil]
        return texts.lazy.compactMap { $0.flatMap { try? VideoAddress($0) } }.first
    }

    /// What the site says of an item that it does not give out.
    private static func unavailable(_ entry: SiteList.Entry) -> String? {
        switch (entry.title, entry.availability) {
        case ("[Private video]"?, _), (_, "private"?): "it is private"
        case ("[Deleted video]"?, _): "it was removed at its source"
        case ("[Unavailable video]"?, _): "it is not available"
        case (_, "subscriber_only"?): "it is for members"
        case (_, "premium_only"?): "it is for paying users"
        case (_, "needs_auth"?): "it needs a login"
        default: nil
        }
    }

    // MARK: What people see

    /// In the bundles of videos that are gone at their source, or back there. The list goes on without it.
    private func mark(_ outcome: ListOutcome) async {
        let changes =
            outcome.goneVideos.map {
                ($0.key, VideoMetadata.SourceGone(at: $0.value.at, reason: $0.value.reason) as VideoMetadata.SourceGone?)
            }
            + outcome.returnedVideos.map { ($0, nil) }
        for (videoID, gone) in changes {
            do {
                try await gate.pass {
                    guard FileSystem.exists(layout.bundle(videoID).appending(BundleManifest.name)) else { return }
                    try await BlockingWork.run { [edits] () throws(SpoolError) in
                        try edits.change(videoID, workID: SortableID.make()) { $0.sourceGone = gone }
                    }
                }
            } catch {
                logger.error("that a video is gone at its source could not be noted: \(error)", metadata: ["video": "\(videoID)"])
            }
        }
    }

    /// Adds to the receipt of the drop what became of its list.
    private func tell(_ outcome: ListOutcome, of job: Job) async throws {
        // Its receipt may be about to be written: while the drop is in claimed/, it is. One that stays there is in trouble of its own.
        let patience = ContinuousClock.now + .seconds(10)
        while try isClaimed(job.dropID), ContinuousClock.now < patience { try await Task.sleep(for: .milliseconds(20)) }
        try ClaimedDrops.receipts.withLock { _ in
            guard let path = receipt(of: job), var receipt = try? SpoolJSON.read(Receipt.self, at: path) else { return }
            receipt.lists =
                (receipt.lists ?? []).filter { $0.jobID != job.id }
                + [Receipt.List(jobID: job.id, url: job.url, summary: outcome.summary)]
            let known = Set(receipt.jobs.map(\.jobID))
            receipt.jobs += outcome.taken.filter { !known.contains($0.job.jobID) }.map { item, taken in
                var line = Receipt.Job(
                    jobID: taken.jobID, videoID: taken.videoID, url: item.url, file: nil, alreadyThere: taken.isAlreadyThere)
                line.title = taken.earlier?.title ?? item.title
                line.status = taken.earlier?.state
                return line
            }
            try AtomicFile.write(SpoolJSON.data(receipt), to: path, durability: .view)
        }
    }

    private func isClaimed(_ dropID: String) throws(SpoolError) -> Bool {
        try FileSystem.list(layout.claimed).contains { SpoolLayout.parseClaim($0)?.dropID == dropID }
    }

    /// Where the receipt lies; a later drop of the same name puts it to its drop.
    private func receipt(of job: Job) -> FilePath? {
        let current = layout.receipt(for: job.drop, in: .incoming)
        let days = (SortableID.time(of: job.dropID) ?? job.createdAt).day
        return [current, layout.earlierReceipt(of: job.dropID, day: days)].first { path in
            (try? SpoolJSON.read(Receipt.self, at: path))?.dropID == job.dropID
        }
    }
}
