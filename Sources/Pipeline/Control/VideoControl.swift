import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// Deletes, restores, updates and reprocesses videos for their users.
struct VideoControl: Sendable {
    let layout: SpoolLayout
    let store: any JobStore & VideoStore
    let catalogue: VideoCatalogue
    let folders: JobFolders
    let results: ResultsFolder
    let gate: BundleGate
    let edits: BundleEdits
    let remover: VideoRemover
    let jobs: JobControl
    let rules: IntakeService.Rules
    /// Days.
    let keepTrash: Double
    let logger: Logger

    /// A video with its record, or a job that has made no video.
    enum Thing: Sendable {
        case video(VideoRecord, jobs: [Job])
        case lone(Job)

        var owner: String {
            switch self {
            case .video(let record, _): record.userID
            case .lone(let job): job.userID
            }
        }

        var deletedAt: Timestamp? {
            switch self {
            case .video(let record, _): record.deletedAt
            case .lone(let job): job.deletedAt
            }
        }

        /// The video's id, or the job's.
        var id: String {
            switch self {
            case .video(let record, _): record.id
            case .lone(let job): job.id
            }
        }
    }

    /// What a subject stands for, each thing once.
    func things(_ subject: Subject) async throws -> [Thing] {
        switch subject {
        case .job(let job): return [try await thing(job)]
        case .video(let id, let record, let jobs):
            let known = try await self.record(id, record, jobs)
            return known.map { [.video($0, jobs: jobs)] } ?? jobs.map(Thing.lone)
        case .drop(_, let jobs):
            var found: [Thing] = []
            for job in jobs {
                let thing = try await thing(job)
                if !found.contains(where: { $0.id == thing.id }) { found.append(thing) }
            }
            return found
        case .ambiguous: return []
        }
    }

    /// A job stands for its video if it has made or found it. One that failed, or is under way for a video that is there, stands for
    /// itself alone.
    func thing(_ job: Job) async throws -> Thing {
        guard let videoID = job.videoID else { return .lone(job) }
        let jobs = try await store.jobs(ofVideo: videoID)
        guard let record = try await record(videoID, try await store.video(videoID), jobs),
            job.state == .completed || record.jobID == job.id
        else { return .lone(job) }
        return .video(record, jobs: jobs)
    }

    /// The record of a video; made from its bundle where an older version of the program has made that.
    private func record(_ videoID: String, _ known: VideoRecord?, _ jobs: [Job]) async throws -> VideoRecord? {
        if let known { return known }
        let bundle = layout.bundle(videoID)
        guard let manifest = try? SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name)),
            let metadata = try? SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
        else { return nil }
        try await store.publish(
            VideoRecord(
                id: videoID, addressID: jobs.last?.addressID, jobID: manifest.jobID, title: metadata.title, userID: metadata.userID,
                createdAt: manifest.createdAt))
        return try await store.video(videoID)
    }

    /// The videos that may be acted on; of the others the answer says why not.
    func videos(
        _ subject: Subject, _ wish: ControlOrder.Wish, _ target: ControlOrder.Target, _ claim: Claim, _ answer: inout ControlAnswer
    ) async throws -> [(record: VideoRecord, jobs: [Job])] {
        let things = try await things(subject)
        if things.isEmpty { answer.refuse(target, "it made no jobs", nil) }
        return things.compactMap { thing in
            if let refusal = rules.ownership.refusal(claim.userID, mayNot: wish.verb, target.text, of: thing.owner) {
                answer.refused.append(refusal)
                return nil
            }
            guard case .video(let record, let jobs) = thing else {
                answer.refuse(
                    target, "job \(thing.id) has made no video", "Wait until it is completed, or look in its status.json for why it is not")
                return nil
            }
            if record.deletedAt != nil, wish != .restore {
                answer.refuse(target, "\(record.id) is in the trash", JobControl.restoreHint)
                return nil
            }
            return (record, jobs)
        }
    }

    // MARK: Update

    func update(
        _ subject: Subject, _ edits: VideoEdits, _ target: ControlOrder.Target, _ claim: Claim, _ answer: inout ControlAnswer
    ) async throws {
        for (record, jobs) in try await videos(subject, .update(edits), target, claim, &answer) {
            if let problem = unknownSpeaker(edits, record.id) {
                answer.refuse(target, problem.reason, problem.hint)
                continue
            }
            let wasEdited = try await gate.pass {
                // A wish that cannot be followed must not be noted either.
                guard FileSystem.exists(layout.bundle(record.id).appending(BundleManifest.name)) else { return false }
                guard let edited = try await store.edit(record.id, edits) else { return false }
                try await BlockingWork.run { [edits = self.edits, dropID = claim.dropID] () throws(SpoolError) in
                    try edits.apply(edited.edits, to: record.id, workID: dropID)
                }
                try await results.renew(record.id)
                try await catalogue.record(record.id, addressID: record.addressID, withComments: false)
                return true
            }
            guard wasEdited else {
                answer.refuse(target, "the bundle of \(record.id) is not there", Self.goneHint)
                continue
            }
            try await followAll(jobs)
            answer.actions.append(
                .init(target: target.text, action: .updated, videoID: record.id, note: edits.names.joined(separator: ", ")))
            self.jobs.changed()
        }
    }

    /// Why a speaker cannot be named: nobody is called so in the transcript.
    private func unknownSpeaker(_ edits: VideoEdits, _ videoID: String) -> (reason: String, hint: String)? {
        guard let names = edits.speakers,
            let transcript = try? SpoolJSON.read(Transcript.self, at: layout.bundle(videoID).appending(Transcript.name))
        else { return nil }
        let labels = Set(transcript.segments.compactMap(\.speaker)).sorted()
        guard let unknown = names.filter({ !$0.value.isEmpty }).keys.sorted().first(where: { !labels.contains($0) }) else { return nil }
        let known = (try? SpoolJSON.read(VideoMetadata.self, at: layout.bundle(videoID).appending(VideoMetadata.name)))?.speakers ?? [:]
        return (
            "no speaker is labelled \"\(unknown)\" in it",
            labels.isEmpty
                ? "Its speakers are not told apart: of a recording with one microphone on each channel, transcribe it again with {\"channels\": \"speakers\"}"
                : "Its speakers are \(labels.map { label in known[label].map { "\(label) (now called \($0))" } ?? label }.joined(separator: ", "))"
        )
    }

    /// Renews the sidecars of jobs that do not run; those of running ones are renewed by their work.
    func followAll(_ jobs: [Job]) async throws {
        for job in jobs {
            guard let details = try await store.details(of: job.id), details.job.stageState != .running else { continue }
            try folders.follow(details, from: folders.path(of: job))
        }
    }

    // MARK: Restore

    func restore(_ subject: Subject, _ target: ControlOrder.Target, _ claim: Claim, _ answer: inout ControlAnswer) async throws {
        var notes = DoneNotes(claim: claim)
        for thing in try await things(subject) {
            if let refusal = rules.ownership.refusal(claim.userID, mayNot: ControlOrder.Wish.restore.verb, target.text, of: thing.owner) {
                answer.refused.append(refusal)
                continue
            }
            switch thing {
            case .lone(let job):
                let action = Receipt.Action(target: target.text, action: .restored, jobID: job.id)
                guard job.deletedAt != nil || notes.actions.contains(action) else {
                    answer.refuse(target, "job \(job.id) is not in the trash", nil)
                    continue
                }
                try notes.add(action)
                try await store.takeOutOfTrash(jobID: job.id)
                try await followAll([job])
                answer.actions.append(action)
            case .video(let record, let jobs):
                try await restore(record, jobs, target, &notes, &answer)
            }
            self.jobs.changed()
        }
    }

    private func restore(
        _ record: VideoRecord, _ jobs: [Job], _ target: ControlOrder.Target, _ notes: inout DoneNotes, _ answer: inout ControlAnswer
    ) async throws {
        let (trashed, bundle) = (layout.trashed(record.id), layout.bundle(record.id))
        let action = Receipt.Action(target: target.text, action: .restored, videoID: record.id)
        // Cut off at an earlier try, behind the moves: it is restored, and only the rest is done again.
        let wasBegun = notes.actions.contains(action)
        let problem: (reason: String, hint: String?)? = try await gate.pass {
            if FileSystem.exists(trashed) {
                // The files first: while they are in the trash, a drop that was cut off finds them there again.
                guard try FileSystem.moveIfAbsent(trashed, to: bundle) else {
                    return (
                        "\(record.id) was worked on anew since it was deleted, and a newer bundle is in its place",
                        "The older one stays in trash/ until its time is over; ask whoever runs the daemon to copy it out"
                    )
                }
            } else if !wasBegun, record.deletedAt == nil {
                return (
                    "\(record.id) is not in the trash",
                    "To bring back an earlier transcript, name it: spoolscribe restore VIDEO --version ID"
                )
            } else if !FileSystem.exists(bundle.appending(BundleManifest.name)) {
                return ("the files of \(record.id) are gone from trash/", Self.goneHint)
            }
            if !wasBegun { try notes.add(action) }
            try await results.renew(record.id)
            try await store.takeOutOfTrash(videoID: record.id)
            return nil
        }
        if let problem { return answer.refuse(target, problem.reason, problem.hint) }
        try await followAll(jobs)
        answer.actions.append(action)
    }

    static let goneHint = "Drop the link or recording again, with {\"force\": true} in its spec"

    // MARK: Reprocess

    func reprocess(
        _ subject: Subject, _ spec: JobSpec, _ target: ControlOrder.Target, _ claim: Claim, _ answer: inout ControlAnswer
    ) async throws {
        for (record, jobs) in try await videos(subject, .reprocess(spec), target, claim, &answer) {
            // Named twice in one drop.
            if answer.jobs.contains(where: { $0.videoID == record.id }) { continue }
            let bundle = layout.bundle(record.id)
            guard let metadata = try? SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name)),
                let media = try storedMedia(bundle)
            else {
                answer.refuse(
                    target, "of \(record.id) neither picture nor sound was kept, so that there is nothing to transcribe again",
                    "Drop the link or recording again, with {\"force\": true} in its spec")
                continue
            }
            let (spec, kept) = spec.keeping(jobs.first { $0.id == record.jobID }?.spec ?? Self.spec(ofTranscriptIn: bundle))
            let ordinal = answer.jobs.count
            // A drop of its own in the record for each job: what was begun before a crash is known by it.
            var job = Job(
                id: SortableID.derived(from: claim.dropID, number: ordinal), dropID: "\(claim.dropID)/\(ordinal)", drop: claim.name,
                ordinal: 0,
                site: metadata.site, url: metadata.url,
                recording: metadata.url == nil ? metadata.file ?? media.lastComponent?.string : nil, videoID: record.id,
                userID: claim.userID, spec: spec, maxRetries: spec.maxRetries ?? rules.maxRetries, createdAt: await store.now(),
                origin: .reprocess)
            job.title = metadata.title
            answer.actions.append(
                .init(
                    target: target.text, action: .reprocessed, jobID: job.id, videoID: record.id,
                    note: kept.isEmpty ? nil : "as before: \(kept.joined(separator: ", "))"))
            answer.jobs.append(.init(jobID: job.id, videoID: record.id, url: job.url, file: job.recording))
            try await begin(job, media: media, bundle: bundle, claim)
        }
    }

    /// What the recogniser was told, where the job that heard it is forgotten.
    private static func spec(ofTranscriptIn bundle: FilePath) -> JobSpec {
        var spec = JobSpec()
        guard let provenance = (try? SpoolJSON.read(Transcript.self, at: bundle.appending(Transcript.name)))?.provenance else {
            return spec
        }
        spec.hotwords = provenance.hotwords
        spec.initialPrompt = provenance.initialPrompt
        spec.channels = provenance.channels.flatMap(JobSpec.Channels.init)
        return spec
    }

    private func storedMedia(_ bundle: FilePath) throws(SpoolError) -> FilePath? {
        let media = bundle.appending("media")
        let names = try FileSystem.list(media)
        return ["video", "audio"].lazy.compactMap { kind in names.first { DropName.stem($0.string) == kind } }.first.map {
            media.appending($0)
        }
    }

    /// Makes the job's folder with what is stored, then the job.
    private func begin(_ job: Job, media: FilePath, bundle: FilePath, _ claim: Claim) async throws {
        if try await store.details(of: job.id) != nil { return }
        let folder = folders.path(of: job)
        let files = JobFiles(folder: folder)
        try FileSystem.makeFolder(folder)
        try FileSystem.linkOrCopy(media, to: files.source(named: media.lastComponent?.string ?? "source"))
        try FileSystem.linkOrCopy(bundle.appending(VideoMetadata.name), to: files.metadata)
        for name in try FileSystem.list(bundle.appending("captions")) {
            try FileSystem.makeFolder(files.captions)
            try FileSystem.linkOrCopy(bundle.appending("captions").appending(name), to: files.captions.appending(name))
        }
        try folders.writeSidecar(JobDetails(new: job).sidecar(), in: folder)
        let drop = DropRecord(
            id: job.dropID, name: claim.name, folder: .reprocess, userID: claim.userID, takenAt: job.createdAt)
        _ = try await store.insert([(drop, [job])])
        self.jobs.jobsArrived()
    }
}
