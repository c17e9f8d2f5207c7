import FoundationEssentials
import Jobs
import SpoolFiles
import SystemPackage

/// Puts the bundle together beside the others and moves it in as a whole. Safe to begin again at any point.
struct PublishStage: Stage {
    let layout: SpoolLayout

    func run(_ work: StageWork) async throws(StageFailure) {
        guard let videoID = work.job.videoID else {
            throw .failed(Failure(.permanent, "incomplete", "the job ended its stages without a video id"))
        }
        // One at a time: two jobs for one video must not look at the same earlier bundle.
        try await BlockingWork.publishing.run { () throws(StageFailure) in try publish(videoID, work) }
    }

    private func publish(_ videoID: String, _ work: StageWork) throws(StageFailure) {
        let staging = layout.bundleStaging(work.job.id)
        let bundle = layout.bundle(videoID)
        // The store forgot, in a power cut, that this was done: what the job needs may be gone, but the bundle is there.
        if let manifest = try? SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name)), manifest.jobID == work.job.id
        {
            return
        }
        do {
            try Spool(layout: layout).requirePresence()
            try FileSystem.remove(staging)
            try FileSystem.makeFolder(staging.appending("media"))
            let transcript = try SpoolJSON.read(Transcript.self, at: work.files.transcript)
            try link(work, into: staging)
            try write(transcript, into: staging)
            try keepEarlierTranscripts(of: bundle, in: staging)
            let manifest = try BundleManifest(
                ofBundle: staging, videoID: videoID, jobID: work.job.id, createdAt: .now(), spoolscribe: Version.current,
                engine: .init(
                    name: transcript.provenance.engine, version: transcript.provenance.engineVersion, model: transcript.provenance.model))
            for file in manifest.files {
                try FileSystem.syncFile(file.path.split(separator: "/").reduce(staging) { $0.appending(String($1)) })
            }
            for folder in [staging.appending("media"), staging] { try FileSystem.syncFolder(folder) }
            try AtomicFile.write(SpoolJSON.data(manifest), to: staging.appending(BundleManifest.name))
            try FileSystem.replaceFolder(bundle, with: staging, setAside: layout.bundleReplaced(work.job.id))
        } catch let error as SpoolError {
            throw .failed(Failure(error))
        } catch {
            throw .failed(
                Failure(
                    .permanent, "incomplete", "what earlier stages left could not be read: \(error)",
                    hint: "Drop the link or recording again"))
        }
    }

    private func link(_ work: StageWork, into staging: FilePath) throws {
        try FileSystem.linkOrCopy(work.files.metadata, to: staging.appending(VideoMetadata.name))
        try FileSystem.linkOrCopy(work.files.transcript, to: staging.appending(Transcript.name))
        let media = staging.appending("media")
        let probe = try SpoolJSON.read(ProbeRecord.self, at: work.files.probe)
        if let source = try work.files.source() {
            let ending = source.extension.map { ".\($0)" } ?? ""
            if probe.media.videoCodec != nil {
                if work.job.spec.keepVideo ?? work.settings.keepVideo {
                    try FileSystem.linkOrCopyOwned(source, to: media.appending("video\(ending)"))
                }
            } else if probe.audio == nil {
                try FileSystem.linkOrCopyOwned(source, to: media.appending("audio\(ending)"))
            }
        }
        if let audio = probe.audio { try FileSystem.linkOrCopy(work.files.folder.appending(audio), to: media.appending(audio)) }
        if FileSystem.exists(work.files.thumbnail) {
            try FileSystem.linkOrCopy(work.files.thumbnail, to: media.appending("thumbnail.jpg"))
        }
    }

    private func write(_ transcript: Transcript, into staging: FilePath) throws {
        let cues = CueLayout().cues(for: transcript)
        for (name, text) in [
            ("transcript.srt", SubtitleText.srt(cues)), ("transcript.vtt", SubtitleText.webVTT(cues)),
            ("transcript.txt", SubtitleText.plain(transcript)),
        ] {
            try AtomicFile.write(Data(text.utf8), to: staging.appending(name))
        }
    }

    /// The transcript of the bundle that is replaced, and those it had kept, go on in `transcripts/`.
    private func keepEarlierTranscripts(of bundle: FilePath, in staging: FilePath) throws {
        guard FileSystem.exists(bundle.appending(BundleManifest.name)) else { return }
        let kept = staging.appending("transcripts")
        let earlier = bundle.appending("transcripts")
        try FileSystem.makeFolder(kept)
        for name in try FileSystem.list(earlier) { try FileSystem.linkOrCopy(earlier.appending(name), to: kept.appending(name)) }
        // One that cannot be read is kept all the same, under the id of the job that made its bundle.
        let old = try? SpoolJSON.read(Transcript.self, at: bundle.appending(Transcript.name))
        let manifest = try? SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))
        let jobID = old?.provenance.jobID ?? manifest?.jobID ?? SortableID.make()
        if FileSystem.exists(bundle.appending(Transcript.name)) {
            try FileSystem.linkOrCopy(bundle.appending(Transcript.name), to: kept.appending("\(jobID).json"))
        }
        try FileSystem.syncFolder(kept)
    }
}
