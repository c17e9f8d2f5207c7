import FoundationEssentials
import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// Deletion: into the trash, or for good, step by step.
extension VideoControl {
    func delete(
        _ subject: Subject, _ target: ControlOrder.Target, isHard: Bool, _ claim: Claim, _ answer: inout ControlAnswer
    ) async throws {
        var notes = RemovalNotes(claim: claim)
        let noted = notes.actions.filter { $0.target == target.text }
        for thing in try await things(subject) {
            // Noted by an earlier try that was cut off: it is listed already, and taken away to the end.
            if noted.contains(where: { $0.videoID ?? $0.jobID == thing.id }) {
                let now = await store.now()
                try await goOn(with: store.begin(removal(of: thing, by: claim.userID, at: now)))
                continue
            }
            if let refusal = rules.ownership.refusal(claim.userID, mayNot: "delete", target.text, of: thing.owner) {
                answer.refused.append(refusal)
                continue
            }
            let thing = try await afterCancelling(thing, claim)
            var action = Receipt.Action(target: target.text, action: isHard ? .removed : .deleted)
            if case .video(let record, _) = thing { action.videoID = record.id } else { action.jobID = thing.id }
            action.removes = try files(of: thing, isHard: isHard)
            action.bytes = action.removes?.reduce(0) { $0 + $1.bytes }
            let now = await store.now()
            if isHard {
                // Noted first: afterwards nothing is left that could be listed.
                try notes.add(action)
                try await goOn(with: store.begin(removal(of: thing, by: claim.userID, at: now)))
            } else {
                if keepTrash > 0 { action.keptUntil = now.adding(seconds: keepTrash * 86_400) }
                try await putInTrash(thing, by: claim.userID)
            }
            answer.actions.append(action)
            jobs.changed()
        }
        answer.actions += noted
    }

    /// Cancels what is under way on a thing, and looks at it again: a job may have published its video meanwhile.
    private func afterCancelling(_ thing: Thing, _ claim: Claim) async throws -> Thing {
        switch thing {
        case .lone(let job):
            if job.state.hasEnded { return thing }
            _ = try await jobs.cancel(job, by: claim.userID, dropID: claim.dropID, target: job.id)
            guard let now = try await store.details(of: job.id)?.job else { return thing }
            return try await self.thing(now)
        case .video(let record, let jobs):
            for job in jobs where !job.state.hasEnded {
                _ = try await self.jobs.cancel(job, by: claim.userID, dropID: claim.dropID, target: job.id)
            }
            return .video(record, jobs: try await store.jobs(ofVideo: record.id))
        }
    }

    // MARK: Trash

    private func putInTrash(_ thing: Thing, by user: String) async throws {
        switch thing {
        case .lone(let job):
            try await store.putInTrash(jobID: job.id)
            try await followAll([job])
        case .video(let record, let jobs):
            try await store.putInTrash(videoID: record.id, by: user)
            try await results.remove(record.id)
            let (bundle, trashed) = (layout.bundle(record.id), layout.trashed(record.id))
            if FileSystem.exists(bundle) {
                // An older one that was deleted before stays for its time, under a name of its own.
                if FileSystem.exists(trashed) { try FileSystem.move(trashed, to: layout.trashed("\(record.id)~\(SortableID.make())")) }
                try FileSystem.move(bundle, to: trashed)
            }
            try await followAll(jobs)
        }
    }

    /// What a deletion takes away, with paths below the spool.
    private func files(of thing: Thing, isHard: Bool) throws -> [Receipt.Removal] {
        var places: [FilePath] = []
        switch thing {
        case .lone(let job): places = [folders.locate(job.id)].compactMap { $0 }
        case .video(let record, let jobs):
            places = [layout.bundle(record.id), layout.trashed(record.id)] + jobs.compactMap { folders.locate($0.id) }
        }
        let files = try places.filter(FileSystem.exists).flatMap { place in
            try BundleWriter.files(in: place).map { file in file.split(separator: "/").reduce(place) { $0.appending(String($1)) } }
        }
        return (files + (isHard ? droppedRecordings(of: thing) : [])).map { path in
            var below = path
            _ = below.removePrefix(layout.root)
            return Receipt.Removal(path: below.string, bytes: FileSystem.attributes(of: path)?.size ?? 0)
        }
    }

    private func droppedRecordings(of thing: Thing) -> [FilePath] {
        switch thing {
        case .lone(let job): [droppedRecording(of: job)].compactMap { $0 }
        case .video(_, let jobs): jobs.compactMap(droppedRecording)
        }
    }

    /// The recording of a job as it was dropped, while it is kept in `accepted/`.
    private func droppedRecording(of job: Job) -> FilePath? {
        guard let recording = job.recording, job.origin == .drop else { return nil }
        let drop = layout.accepted(job.dropID, day: job.createdAt.day).appending(job.drop)
        guard let kind = FileSystem.attributes(of: drop)?.kind else { return nil }
        // By itself, or in a folder that was dropped.
        let path = kind == .folder ? recording.split(separator: "/").reduce(drop) { $0.appending(String($1)) } : drop
        return path.lexicallyNormalized().starts(with: layout.accepted) && FileSystem.exists(path) ? path : nil
    }

    // MARK: For good

    private func removal(of thing: Thing, by user: String, at now: Timestamp) -> Removal {
        if case .video(let record, _) = thing { return Removal(subject: record.id, isVideo: true, requestedBy: user, requestedAt: now) }
        return Removal(subject: thing.id, isVideo: false, requestedBy: user, requestedAt: now)
    }

    /// Takes everything away, in the order of the steps. Each can be done again; where it was cut off, it goes on.
    func goOn(with removal: Removal) async throws {
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
                if let recording = droppedRecording(of: job) { try FileSystem.remove(recording) }
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
}

/// What a drop's hard deletions took away, kept in its claim: after a crash nothing else could tell.
struct RemovalNotes {
    private let path: FilePath
    private(set) var actions: [Receipt.Action]

    init(claim: Claim) {
        path = claim.folder.appending(Self.name)
        actions = (try? SpoolJSON.read([Receipt.Action].self, at: path)) ?? []
    }

    static let name = ".removed.json"

    mutating func add(_ action: Receipt.Action) throws(SpoolError) {
        actions.append(action)
        try AtomicFile.write(SpoolJSON.data(actions), to: path)
    }
}
