import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// The local recogniser: faster-whisper in a warm child process.
struct WhisperEngine: TranscriptionEngine {
    let worker: WhisperWorker

    func transcribe(_ work: StageWork) async throws(StageFailure) -> Transcript? {
        let wish = RecognitionWish(work.job.spec, work.settings.transcription, model: work.settings.transcription.model)
        let assembly = try await TranscriptAssembly.ofTracks(of: work, wish) { track, share throws(StageFailure) in
            try await hear(track, wish, share, work)
        }
        if let fallback = assembly.tracks.first?.identity.fallback { try await work.learned(warnings: [fallback]) }
        return assembly.transcript
    }

    /// - Parameter share: which part of the stage's progress the track is.
    private func hear(
        _ track: SpeechTrack, _ wish: RecognitionWish, _ share: ClosedRange<Double>, _ work: StageWork
    ) async throws(StageFailure) -> HeardTrack {
        var known = try work.file { () throws(SpoolError) in try track.parts.read(heardBy: Self.name, as: wish) }
        if !known.parts.isEmpty {
            work.logger.info(
                "goes on behind the parts that were heard", metadata: ["parts": "\(known.parts.count)", "job": "\(work.job.id)"])
        }
        let request = TranscriptionRequest(
            id: work.job.id, audio: track.audio.string, language: wish.language, task: wish.task.rawValue, hotwords: wish.hotwords,
            initialPrompt: wish.initialPrompt, beamSize: wish.beamSize, plan: known.plan, doneParts: known.parts.keys.sorted(),
            model: LoadedModel(name: wish.model, computeType: wish.computeType ?? .auto))
        var meter = HearingMeter()
        for await event in await worker.transcribe(request, isSuspect: work.job.interruptions > 0) {
            switch event {
            case .ready(let identity): known.identity = identity
            case .planned(let plan):
                guard let identity = known.identity else { continue }
                known.plan = plan
                try work.file { () throws(SpoolError) in try track.parts.begin(identity, as: wish, plan) }
            case .part(let part):
                known.parts[part.index] = part
                try work.file { () throws(SpoolError) in try track.parts.append(part) }
            case .progress(let done, let total):
                let fraction = total > 0 ? done / total : 0
                work.progress.report(
                    share.lowerBound + fraction * (share.upperBound - share.lowerBound), meter.work(done: done, total: total))
            case .done:
                guard let heard = HeardTrack(known, speaker: track.speaker) else {
                    throw .crashed(
                        Failure(
                            .permanent, "parts_missing", "the recogniser ended before it had heard every part",
                            hint: "Try again; if it happens again, tell whoever runs the daemon: the log has more"))
                }
                return heard
            case .failed(let failure): throw .failed(work.failure(failure, standardModel: work.settings.transcription.model))
            case .died(let words):
                if Task.isCancelled { throw .interrupted }
                throw .crashed(
                    Failure(
                        .permanent, "recogniser_died", words,
                        hint: "If memory ran out, set transcription.memory, fewer transcription.decoders or a smaller model"))
            }
        }
        throw .interrupted
    }

    static let name = "faster-whisper"
}
