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
        var notes = DoneNotes(claim: claim)
        let noted = notes.actions.filter { $0.target == target.text }
        guard let subject = JobControl.ownJobs(of: subject, target, &answer) else { return }
        for thing in try await things(subject) {
            // Noted by an earlier try that was cut off: it is listed already, and taken away to the end.
            if noted.contains(where: { $0.videoID ?? $0.jobID == thing.id }) {
                let now = await store.now()
                try await remover.begin(removal(of: thing, by: claim.userID, at: now))
                continue
            }
            if let refusal = rules.ownership.refusal(
                claim.userID, mayNot: ControlOrder.Wish.delete(isHard: isHard).verb, target.text, of: thing.owner)
            {
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
                try await remover.begin(removal(of: thing, by: claim.userID, at: now))
            } else {
                let earlier = thing.deletedAt.flatMap { $0.milliseconds < claim.takenAt.milliseconds ? $0 : nil }
                if earlier != nil { action.note = "it was in the trash already" }
                if keepTrash > 0 { action.keptUntil = (earlier ?? now).adding(seconds: keepTrash * 86_400) }
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
            try await gate.pass {
                try await store.putInTrash(videoID: record.id, by: user)
                try await results.remove(record.id)
                let (bundle, trashed) = (layout.bundle(record.id), layout.trashed(record.id))
                guard FileSystem.exists(bundle) else { return }
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
        case .lone(let job): [remover.droppedRecording(of: job)].compactMap { $0 }
        case .video(_, let jobs): jobs.compactMap(remover.droppedRecording)
        }
    }

    // MARK: For good

    private func removal(of thing: Thing, by user: String, at now: Timestamp) -> Removal {
        if case .video(let record, _) = thing { return Removal(subject: record.id, isVideo: true, requestedBy: user, requestedAt: now) }
        return Removal(subject: thing.id, isVideo: false, requestedBy: user, requestedAt: now)
    }
}
