import Jobs
import SpoolFiles
import SystemPackage

/// Captions by people in the language that is spoken: better than what a recogniser hears.
struct CaptionsEngine: TranscriptionEngine {
    func transcribe(_ work: StageWork) async throws(StageFailure) -> Transcript? {
        let (job, files) = (work.job, work.files)
        guard job.spec.forceWhisper != true, job.spec.task != .translate,
            let probe = try? SpoolJSON.read(ProbeRecord.self, at: files.probe)
        else { return nil }
        let info = SiteInfo(at: files.siteMetadata)?.metadata
        let stored = try work.file { () throws(SpoolError) in
            try StoredCaptions(in: files.captions, recording: job.origin == .drop ? job.recordingTitle : nil, info: info)
        }
        let language = work.job.spec.language ?? work.settings.transcription.language ?? work.toldLanguage
        guard let file = stored.transcript(in: language, allowsAutomatic: job.spec.automaticCaptions == true) else { return nil }
        let captions = (try? FileSystem.read(file.path)).flatMap { CaptionFile.read($0, format: file.format) }
        guard let captions, !captions.isEmpty else {
            try await work.learned(
                warnings: ["the captions \(file.path.lastComponent?.string ?? "") could not be read; the recogniser was asked instead"])
            return nil
        }
        return CaptionsTranscript.make(
            of: captions, language: file.language ?? language ?? "und", isAutomatic: file.isAutomatic,
            version: info?.version ?? "file", duration: probe.media.duration, task: .transcribe, jobID: job.id)
    }
}

extension StageWork {
    /// The language that the site or a person says is spoken; `nil` if nobody knows.
    var toldLanguage: String? {
        SiteInfo(at: files.siteMetadata)?.metadata.language ?? (try? SpoolJSON.read(VideoMetadata.self, at: files.metadata))?.language
    }
}
