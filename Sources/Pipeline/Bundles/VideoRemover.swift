import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// Takes videos, and jobs without one, away for good: step by step, so that a crash between any two of them leaves what a start goes
/// on with.
public struct VideoRemover: Sendable {
    let layout: SpoolLayout
    let store: any JobStore & VideoStore
    let folders: JobFolders
    let results: ResultsFolder
    let gate: BundleGate
    let logger: Logger

    public init(
        layout: SpoolLayout, store: any JobStore & VideoStore, folders: JobFolders, results: ResultsFolder, gate: BundleGate, logger: Logger
    ) {
        self.layout = layout
        self.store = store
        self.folders = folders
        self.results = results
        self.gate = gate
        self.logger = logger
    }

    /// Takes something away.
    /// - Parameter isWanted: looked at while nobody else changes bundles: what was restored meanwhile stays.
    func begin(_ removal: Removal, where isWanted: () async throws -> Bool = { true }) async throws {
        try await gate.pass {
            guard try await isWanted() else { return }
            try await finish(store.begin(removal))
        }
    }

    /// Goes on with all that were cut off. One that cannot be finished now stops no other.
    func goOnWithAll() async throws {
        for removal in try await store.removals() {
            do {
                try await gate.pass {
                    // Somebody else may have finished it while this waited.
                    guard let now = try await store.removals().first(where: { $0.subject == removal.subject }) else { return }
                    try await finish(now)
                }
            } catch {
                logger.error("a deletion could not be finished and is tried again: \(error)", metadata: ["subject": "\(removal.subject)"])
            }
        }
    }

    /// Takes everything away, in the order of the steps. Each can be done again; where it was cut off, it goes on.
    private func finish(_ removal: Removal) async throws {
        for step in removal.remaining {
            try await take(step, removal)
            try await store.note(step, doneIn: removal)
        }
        logger.notice("removed for good", metadata: ["subject": "\(removal.subject)", "by": "\(removal.requestedBy)"])
    }

    private func take(_ step: Removal.Step, _ removal: Removal) async throws {
        let folder = layout.removing(removal.subject)
        func remove(_ names: [String]) throws(SpoolError) { for name in names { try FileSystem.remove(folder.appending(name)) } }
        switch step {
        case .searchIndex:
            // Out of everybody's sight as a whole: nobody sees a half of it.
            guard removal.isVideo else { return }
            try await results.remove(removal.subject)
            for place in [layout.bundle(removal.subject), layout.trashed(removal.subject)] where FileSystem.exists(place) {
                if try !FileSystem.moveIfAbsent(place, to: folder) { try FileSystem.remove(place) }
            }
        case .relations: try remove(["relations.json"])
        case .comments: try remove(["comments.jsonl"])
        case .chapters: try remove(["chapters.json"])
        case .transcripts:
            try remove(["transcripts", "captions"])
            for name in try FileSystem.list(folder) where name.string.hasPrefix("transcript.") {
                try FileSystem.remove(folder.appending(name))
            }
        case .jobs:
            let jobs =
                removal.isVideo
                ? try await store.jobs(ofVideo: removal.subject) : [try await store.details(of: removal.subject)?.job].compactMap { $0 }
            for job in jobs {
                do {
                    try removeDroppedRecording(of: job)
                } catch {
                    // In a folder of its owner's, where only they may: everything else goes all the same.
                    logger.error("a recording as it was dropped cannot be removed: \(error)", metadata: ["job": "\(job.id)"])
                }
                if let place = folders.locate(job.id) { try FileSystem.remove(place) }
            }
        case .metadata: try remove([VideoMetadata.name])
        case .files:
            try FileSystem.remove(folder)
            // Older ones, deleted before.
            for name in try FileSystem.list(layout.trash) where name.string.hasPrefix("\(removal.subject)~") {
                try FileSystem.remove(layout.trash.appending(name))
            }
        }
    }

    /// The recording of a job as it was dropped, while it is kept in `accepted/`.
    func droppedRecording(of job: Job) -> FilePath? {
        guard let (drop, parts) = acceptedDrop(of: job) else { return nil }
        let path = parts.reduce(drop) { $0.appending($1) }
        return FileSystem.exists(path) ? path : nil
    }

    private func removeDroppedRecording(of job: Job) throws {
        guard let (drop, parts) = acceptedDrop(of: job), FileSystem.exists(parts.reduce(drop) { $0.appending($1) }) else { return }
        guard let name = parts.last else {
            try FileSystem.remove(drop.removingLastComponent().appending(Companions.folderName))
            return try FileSystem.remove(drop)
        }
        // The dropped folder is its owner's: no link in it may lead the removal elsewhere.
        try FileSystem.inside(parts.dropLast(), of: drop) { folder in
            try FileSystem.remove(folder.appending(name))
            for other in try FileSystem.list(folder) where Companions.belongs(other.string, to: [DropName.stem(name.string)]) != nil {
                try FileSystem.remove(folder.appending(other))
            }
        }
    }

    /// The drop of a job that has a recording, with the way in it to the recording; none if that was dropped by itself.
    private func acceptedDrop(of job: Job) -> (drop: FilePath, parts: [FilePath.Component])? {
        guard let recording = job.recording, job.origin == .drop else { return nil }
        // One that was answered only at a later try lies under that day.
        let days = (try? FileSystem.list(layout.accepted)) ?? []
        for day in days {
            let drop = layout.accepted(job.dropID, day: day.string).appending(job.drop)
            guard let kind = FileSystem.attributes(of: drop)?.kind else { continue }
            return (drop, kind == .folder ? Self.parts(recording) : [])
        }
        return nil
    }

    private static func parts(_ path: String) -> [FilePath.Component] {
        path.split(separator: "/").compactMap { FilePath.Component(String($0)) }.filter { $0.kind == .regular }
    }
}
