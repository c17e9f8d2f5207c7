import Jobs
import SpoolFiles
import SystemPackage

/// Leaves what the recogniser hears, `speech.wav` (and `speech-1.wav`, `speech-2.wav` where each channel is a speaker), and the sound
/// track as it was, `audio.*`.
struct ExtractAudioStage: Stage {
    func run(_ work: StageWork) async throws(StageFailure) {
        guard let source = try work.file({ () throws(SpoolError) in try work.files.source() }) else {
            throw .failed(Failure(.permanent, "recording_gone", "the recording is no longer in the job's folder", hint: "Drop it again"))
        }
        if FileSystem.exists(work.files.probe), FileSystem.exists(work.files.speech) { return }
        let tool = MediaTool(toolbox: work.toolbox, settings: work.settings, displayName: work.job.recording ?? work.job.displayName)
        let wish = MediaChild.SoundWish(
            channels: work.job.spec.channels ?? work.settings.transcription.channels,
            language: work.job.spec.language ?? work.settings.transcription.language)
        let sound =
            try await tool
            .extractSound(wish, from: source, into: work.files.folder) { done, total in
                work.progress.report(
                    total > 0 ? done / total : 0, .init(unit: "seconds", done: done, total: total, speed: nil, eta: nil))
            }
        let record = ProbeRecord(media: sound.media, audio: sound.audio)
        try work.file { () throws(SpoolError) in
            try AtomicFile.write(SpoolJSON.data(record), to: work.files.probe, durability: .view)
        }
        try await work.learned(warnings: sound.warnings)
    }
}
