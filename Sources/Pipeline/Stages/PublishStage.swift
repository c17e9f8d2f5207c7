import FoundationEssentials
import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// Publishes what the stages left as the video's bundle, and the copies in `results/`. Safe to begin again at any point.
struct PublishStage: Stage {
    let layout: SpoolLayout
    let results: ResultsFolder
    let gate: BundleGate
    let catalogue: VideoCatalogue

    func run(_ work: StageWork) async throws(StageFailure) {
        guard let videoID = work.job.videoID else {
            throw .failed(Failure(.permanent, "incomplete", "the job ended its stages without a video id"))
        }
        try await gate.pass { () async throws(StageFailure) in try await publish(videoID, work) }
    }

    private func publish(_ videoID: String, _ work: StageWork) async throws(StageFailure) {
        // Another job may have finished the video meanwhile.
        try await work.requireOwnership(of: videoID)
        let edits = try await work.record { try await $0.video(videoID) }.flatMap { $0.deletedAt == nil ? $0.edits : nil } ?? VideoEdits()
        if Task.isCancelled { throw .interrupted }
        do {
            // From here on to its end: a bundle that is there has its record and its copies.
            try await Uncancelled.run { try await replaceBundle(videoID, edits, work) }
        } catch let failure as StageFailure {
            throw failure
        } catch {
            throw .failed(Failure(.local, "store", "the bundle could not be recorded: \(error)", hint: "See doctor"))
        }
    }

    private func replaceBundle(_ videoID: String, _ edits: VideoEdits, _ work: StageWork) async throws(StageFailure) {
        if work.job.spec.replaceCorrected != true, Self.corrected(in: layout.bundle(videoID)) != nil {
            try await work.learned(
                warnings: [
                    "a person has corrected the transcript, which stays the current one: the new one is its version \(work.job.id). Restore that version, or reprocess with {\"replace_corrected\": true}"
                ])
        }
        // Those of this stage too, which the job as it was when the stage began does not know.
        let warnings = try await work.record { _ in try await work.jobs.details(of: work.job.id) }?.job.warnings ?? []
        let metadata = try await BlockingWork.run { () throws(StageFailure) in try makeBundle(videoID, edits, warnings, work) }
        let video = VideoRecord(
            id: videoID, addressID: work.job.addressID ?? Self.addressID(metadata), jobID: work.job.id, title: metadata.title,
            userID: work.job.userID,
            createdAt: await work.now())
        try await work.record { store in
            try await store.publish(video)
            // A new transcript of what is stored leaves the comments as they are.
            try await catalogue.record(videoID, addressID: video.addressID, withComments: work.job.origin == .drop)
        }
        do {
            try await results.renew(videoID)
        } catch {
            // The bundle is there; its copies are not worth failing it.
            work.logger.error("the copies in results/ could not be renewed: \(error)", metadata: ["video": "\(videoID)"])
            try await work.learned(warnings: ["the copies in results/ could not be written: \(error)"])
        }
    }

    /// A recording that came with what its site said: its link, dropped later, is known by it.
    private static func addressID(_ metadata: VideoMetadata) -> String? { metadata.url.flatMap { try? VideoAddress($0).videoID } }

    private func makeBundle(
        _ videoID: String, _ edits: VideoEdits, _ warnings: [String], _ work: StageWork
    ) throws(StageFailure) -> VideoMetadata {
        let bundle = layout.bundle(videoID)
        do {
            // The store forgot, in a power cut, that this was done: what the job needs may be gone, but the bundle is there.
            if let manifest = try? SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name)),
                manifest.jobID == work.job.id
            {
                return try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
            }
            var metadata = try SpoolJSON.read(VideoMetadata.self, at: work.files.metadata)
            edits.apply(to: &metadata)
            let transcript = try SpoolJSON.read(Transcript.self, at: work.files.transcript)
            let writer = try BundleWriter(layout: layout, videoID: videoID, workID: work.job.id)
            if work.job.origin == .reprocess, FileSystem.exists(bundle.appending(BundleManifest.name)) {
                try writer.takeOver {
                    $0 == VideoMetadata.name || $0 == Transcript.name || $0.hasPrefix("\(TranscriptVersions.folder)/")
                        || BundleViews.names.contains($0)
                }
            } else {
                try link(work, into: writer)
            }
            try writer.write(SpoolJSON.data(metadata), to: VideoMetadata.name)
            let kept = work.job.spec.replaceCorrected == true ? nil : Self.corrected(in: bundle)
            if kept == nil {
                try writer.link(work.files.transcript, to: Transcript.name)
            } else {
                try writer.link(bundle.appending(Transcript.name), to: Transcript.name)
                try writer.link(work.files.transcript, to: TranscriptVersions.path(work.job.id))
            }
            try writer.keepEarlierTranscripts(isReplaced: kept == nil)
            try BundleViews(metadata: metadata, rules: work.settings.subtitles).write(into: writer)
            try writer.finish(
                jobID: work.job.id, createdAt: .now(), engine: .init((kept ?? transcript).provenance), warnings: warnings)
            return metadata
        } catch let error as SpoolError {
            throw .failed(Failure(error))
        } catch {
            throw .failed(
                Failure(
                    .permanent, "incomplete", "what earlier stages left could not be read: \(error)",
                    hint: "Drop the link or recording again"))
        }
    }

    /// The transcript that a person corrected, if the bundle has one: a machine's does not take its place unasked.
    private static func corrected(in bundle: FilePath) -> Transcript? {
        guard let present = try? SpoolJSON.read(Transcript.self, at: bundle.appending(Transcript.name)), present.provenance.isByHuman else {
            return nil
        }
        return present
    }

    private func link(_ work: StageWork, into writer: BundleWriter) throws {
        let probe = try SpoolJSON.read(ProbeRecord.self, at: work.files.probe)
        if let source = try work.files.source() {
            let ending = source.extension.map { ".\($0)" } ?? ""
            if probe.media.videoCodec != nil {
                if work.job.spec.keepVideo ?? work.settings.keepVideo { try writer.linkOwned(source, to: "media/video\(ending)") }
            } else if probe.audio == nil {
                try writer.linkOwned(source, to: "media/audio\(ending)")
            }
        }
        if let audio = probe.audio { try writer.link(work.files.folder.appending(audio), to: "media/\(audio)") }
        if FileSystem.exists(work.files.thumbnail) { try writer.linkOwned(work.files.thumbnail, to: "media/thumbnail.jpg") }
        for file in [work.files.chapters, work.files.comments] where FileSystem.exists(file) {
            try writer.link(file, to: file.lastComponent?.string ?? "")
        }
        let info = SiteInfo(at: work.files.siteMetadata)
        if let info { try writer.write(Gzip.compress(info.cleaned), to: "info.json.gz") }
        // Of two without a language each has its name.
        var names: Set<String> = []
        let captions = try StoredCaptions(
            in: work.files.captions, recording: work.job.origin == .drop ? work.job.recordingTitle : nil, info: info?.metadata)
        for file in captions.files {
            let language = file.language ?? StoredCaptions.undetermined
            let choices = [language] + (2...captions.files.count + 1).map { "\(language)-\($0)" }
            let name = choices.lazy.map { StoredCaptions.name($0, isAutomatic: file.isAutomatic, format: file.format) }
                .first { names.insert($0).inserted }
            if let name { try writer.linkOwned(file.path, to: "captions/\(name)") }
        }
    }
}
