import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// Leaves `transcript.json`, from what the recogniser hears in `speech.wav`.
struct TranscribeStage: Stage {
    let worker: WhisperWorker

    func run(_ work: StageWork) async throws(StageFailure) {
        if FileSystem.exists(work.files.transcript) { return }
        if try await takeCaptions(work) { return }
        let file = PartsFile(path: work.files.parts)
        let model = work.job.spec.modelSize ?? work.settings.transcription.model
        var known = try work.file { () throws(SpoolError) in try file.read() }
        // Parts that another model heard are of no use.
        if known.identity?.model != model { known = PartsFile.Contents() }
        if !known.parts.isEmpty {
            work.logger.info(
                "goes on behind the parts that were heard", metadata: ["parts": "\(known.parts.count)", "job": "\(work.job.id)"])
        }
        let started = ContinuousClock.now

        let request = TranscriptionRequest(
            id: work.job.id, audio: work.files.speech.string,
            language: work.job.spec.language ?? work.settings.transcription.language,
            task: (work.job.spec.task ?? .transcribe).rawValue, hotwords: work.job.spec.hotwords ?? work.settings.transcription.hotwords,
            plan: known.plan, doneParts: known.parts.keys.sorted(), model: model)
        var heardBefore: Double?
        for await event in await worker.transcribe(request, isSuspect: work.job.interruptions > 0) {
            switch event {
            case .ready(let identity): known.identity = identity
            case .planned(let plan):
                guard let identity = known.identity else { continue }
                known.plan = plan
                try work.file { () throws(SpoolError) in try file.begin(identity, plan) }
            case .part(let part):
                known.parts[part.index] = part
                try work.file { () throws(SpoolError) in try file.append(part) }
            case .progress(let done, let total):
                let seconds = (ContinuousClock.now - started) / .seconds(1)
                // What an earlier run heard is not this run's speed.
                let begin = heardBefore ?? done
                heardBefore = begin
                let speed = seconds > 0 ? (done - begin) / seconds : nil
                work.progress.report(
                    total > 0 ? done / total : 0,
                    .init(
                        unit: "seconds", done: done, total: total, speed: speed, eta: speed.flatMap { $0 > 0 ? (total - done) / $0 : nil }))
            case .done:
                return try finish(known, request, work, seconds: (ContinuousClock.now - started) / .seconds(1))
            case .failed(let failure): throw .failed(Self.ofThisJobAlone(failure, model, work))
            case .died(let words):
                if Task.isCancelled { throw .interrupted }
                throw .crashed(Failure(.permanent, "recogniser_died", words))
            }
        }
        throw .interrupted
    }

    /// Captions by people in the language that is spoken are better than what the recogniser hears.
    /// - Returns: `false` if there are none, or they are not wanted.
    private func takeCaptions(_ work: StageWork) async throws(StageFailure) -> Bool {
        let (job, files) = (work.job, work.files)
        guard job.spec.forceWhisper != true, job.spec.task != .translate,
            let probe = try? SpoolJSON.read(ProbeRecord.self, at: files.probe)
        else { return false }
        let info = SiteInfo(at: files.siteMetadata)?.metadata
        let known = try? SpoolJSON.read(VideoMetadata.self, at: files.metadata)
        let stored = try work.file { () throws(SpoolError) in
            try StoredCaptions(in: files.captions, recording: job.origin == .drop ? job.recordingTitle : nil, info: info)
        }
        let language = job.spec.language ?? work.settings.transcription.language ?? info?.language ?? known?.language
        guard let file = stored.transcript(in: language, allowsAutomatic: job.spec.automaticCaptions == true) else { return false }
        let captions = (try? FileSystem.read(file.path)).flatMap { CaptionFile.read($0, format: file.format) }
        guard let captions, !captions.isEmpty else {
            try await work.learned(
                warnings: ["the captions \(file.path.lastComponent?.string ?? "") could not be read; the recogniser was asked instead"])
            return false
        }
        let transcript = CaptionsTranscript.make(
            of: captions, language: file.language ?? language ?? "und", isAutomatic: file.isAutomatic,
            version: info?.version ?? "file", duration: probe.media.duration, task: .transcribe, jobID: job.id)
        try write(transcript, work)
        return true
    }

    private func write(_ transcript: Transcript, _ work: StageWork) throws(StageFailure) {
        try work.file { () throws(SpoolError) in
            try AtomicFile.write(SpoolJSON.data(transcript), to: work.files.transcript, durability: .view)
        }
    }

    /// A model that only this job asked for is this job's trouble, not that of the stage.
    private static func ofThisJobAlone(_ failure: Failure, _ model: String, _ work: StageWork) -> Failure {
        guard failure.class == .local, model != work.settings.transcription.model else { return failure }
        var failure = failure
        failure.class = .permanent
        failure.hint = "Leave model_size out, or ask for the model to be installed"
        return failure
    }

    private func finish(
        _ known: PartsFile.Contents, _ request: TranscriptionRequest, _ work: StageWork, seconds: Double
    ) throws(StageFailure) {
        guard let identity = known.identity, let plan = known.plan, plan.parts.allSatisfy({ known.parts[$0.index] != nil }) else {
            throw .crashed(Failure(.permanent, "parts_missing", "the recogniser ended before it had heard every part"))
        }
        let heard = plan.parts.flatMap { known.parts[$0.index]?.segments ?? [] }.sorted { $0.start < $1.start }
        let segments = heard.enumerated().map { number, segment in
            var result = Transcript.Segment(id: number, start: segment.start, end: segment.end, text: segment.text, words: segment.words)
            result.avgLogprob = segment.avgLogprob
            result.noSpeechProb = segment.noSpeechProb
            result.compressionRatio = segment.compressionRatio
            result.temperature = segment.temperature
            return result
        }
        let transcript = Transcript(
            language: plan.language, languageProbability: plan.languageProbability, duration: plan.duration,
            speechDuration: plan.speechDuration, segments: segments, flags: segments.isEmpty ? ["no_speech"] : [],
            provenance: .init(
                engine: identity.engine, engineVersion: identity.engineVersion, model: identity.model,
                computeType: identity.computeType, task: request.task, hotwords: request.hotwords, jobID: work.job.id,
                createdAt: .now(), elapsed: seconds))
        try write(transcript, work)
    }
}
