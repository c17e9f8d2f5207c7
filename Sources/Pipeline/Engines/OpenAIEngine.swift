import FoundationEssentials
import Jobs
import SpoolFiles
import SystemPackage

/// Any server with `/v1/audio/transcriptions`: one with GPUs can hear for many spools.
///
/// Only what the voice detector takes for speech is sent, in parts that end in silences: servers are slow or refuse at long files, and
/// invent words in silence.
struct OpenAIEngine: TranscriptionEngine {
    let planner: SpeechPlanner

    static let name = "openai"

    func transcribe(_ work: StageWork) async throws(StageFailure) -> Transcript? {
        let wish = RecognitionWish(work.job.spec, work.settings.transcription, model: work.settings.openAI.model)
        return try await TranscriptAssembly.ofTracks(of: work, wish) { track, share throws(StageFailure) in
            try await hear(track, wish, share, work)
        }.transcript
    }

    private func hear(
        _ track: SpeechTrack, _ wish: RecognitionWish, _ share: ClosedRange<Double>, _ work: StageWork
    ) async throws(StageFailure) -> HeardTrack {
        let settings = work.settings.openAI
        var known = try work.file { () throws(SpoolError) in try track.parts.read(heardBy: Self.name, as: wish) }
        let plan: TranscriptionPlan
        if let kept = known.plan {
            plan = kept
        } else {
            plan = try await planner.plan(track.audio, longest: settings.partSeconds)
            let identity = RecogniserIdentity(engine: Self.name, engineVersion: settings.host, model: wish.model)
            (known.identity, known.plan) = (identity, plan)
            try work.file { () throws(SpoolError) in try track.parts.begin(identity, as: wish, plan) }
        }
        let key = try settings.key()
        var meter = HearingMeter()
        let total = plan.parts.reduce(0) { $0 + $1.end - $1.start }
        func tell() {
            let done = plan.parts.filter { known.parts[$0.index] != nil }.reduce(0) { $0 + $1.end - $1.start }
            let fraction = total > 0 ? done / total : 1
            work.progress.report(
                share.lowerBound + fraction * (share.upperBound - share.lowerBound), meter.work(done: done, total: total))
        }
        func keep(_ part: TranscribedPart) throws(StageFailure) {
            known.parts[part.index] = part
            try work.file { () throws(SpoolError) in try track.parts.append(part) }
            tell()
        }
        var waiting = plan.parts.filter { known.parts[$0.index] == nil }[...]
        tell()
        // The first alone, so that all the others are heard in the language that it is found to be in: parts of one recording must
        // not be taken for different ones.
        if wish.language == nil, known.parts.isEmpty, let longest = waiting.max(by: { $0.end - $0.start < $1.end - $1.start }) {
            waiting.removeAll { $0.index == longest.index }
            try keep(try await send(longest, track, wish, language: nil, key, work))
        }
        let language = wish.language ?? Self.language(of: known.parts.values)
        try await sendAll(Array(waiting), width: settings.requests, keep: keep) { part throws(StageFailure) in
            try await send(part, track, wish, language: language, key, work)
        }
        known.plan?.language = language ?? "und"
        guard let heard = HeardTrack(known, speaker: track.speaker) else {
            throw .crashed(
                Failure(
                    .permanent, "parts_missing", "the transcription server ended before it had heard every part",
                    hint: "Try again; if it happens again, tell whoever runs the daemon: the log has more"))
        }
        return heard
    }

    /// Sends parts side by side and keeps each as it comes; the first failure ends the others.
    private func sendAll(
        _ parts: [TranscriptionPlan.Part], width: Int, keep: (TranscribedPart) throws(StageFailure) -> Void,
        _ send: @escaping @Sendable (TranscriptionPlan.Part) async throws(StageFailure) -> TranscribedPart
    ) async throws(StageFailure) {
        let outcome: Result<Void, StageFailure> = await withTaskGroup(of: Result<TranscribedPart, StageFailure>.self) { group in
            var rest = parts[...]
            func next() {
                guard let part = rest.popFirst() else { return }
                group.addTask {
                    do throws(StageFailure) { return .success(try await send(part)) } catch { return .failure(error) }
                }
            }
            for _ in 0..<width { next() }
            while let result = await group.next() {
                do throws(StageFailure) {
                    try keep(try result.get())
                } catch {
                    group.cancelAll()
                    return .failure(error)
                }
                next()
            }
            return .success(())
        }
        try outcome.get()
    }

    private func send(
        _ part: TranscriptionPlan.Part, _ track: SpeechTrack, _ wish: RecognitionWish, language: String?, _ key: String?,
        _ work: StageWork
    ) async throws(StageFailure) -> TranscribedPart {
        let settings = work.settings.openAI
        let sound = try await work.blocking { () throws(SpoolError) in
            try WaveSlice.data(track.audio, from: part.start, to: part.end)
        }
        var fields = [
            (name: "model", value: wish.model), (name: "response_format", value: "verbose_json"), (name: "temperature", value: "0"),
        ]
        let prompt = [wish.initialPrompt, wish.hotwords].compactMap { $0 }.joined(separator: " ")
        if !prompt.isEmpty { fields.append((name: "prompt", value: prompt)) }
        if wish.task == .transcribe {
            fields += ["word", "segment"].map { (name: "timestamp_granularities[]", value: $0) }
            if let language { fields.append((name: "language", value: language)) }
        }
        let path = wish.task == .translate ? "audio/translations" : "audio/transcriptions"
        let upload = TranscriptionUpload(
            url: "\(settings.url)/\(path)", key: key, fields: fields, sound: sound, seconds: settings.timeout)
        switch await upload.send() {
        case .cancelled: throw .interrupted
        case .failed(let failure): throw .failed(work.failure(failure, standardModel: settings.model))
        case .answered(let data):
            do {
                return try SpoolJSON.decode(OpenAIAnswer.self, from: data).part(part)
            } catch {
                throw .failed(
                    Failure(
                        .local, "server_confused", "the transcription server answered something that is not verbose_json: \(error)",
                        hint: "openai.url must name a server that can response_format=verbose_json"))
            }
        }
    }

    /// What most parts were heard in.
    private static func language(of parts: some Sequence<TranscribedPart>) -> String? {
        var counts: [String: Int] = [:]
        for part in parts { if let language = part.language { counts[language, default: 0] += part.segments.count } }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.first?.key
    }
}

extension PipelineSettings.OpenAI {
    /// The server's name, which stands for its version: the protocol knows none.
    var host: String {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        return String(rest.prefix { $0 != "/" })
    }

    /// The key as it is now: files may be renewed while the daemon runs. `nil` if none is set, which servers of one's own allow.
    func key() throws(StageFailure) -> String? {
        guard let keyFile else { return environmentKey }
        do {
            return String(decoding: try FileSystem.read(keyFile, limit: 4096), as: UTF8.self).trimmed
        } catch {
            throw .failed(
                Failure(
                    .local, "key_missing", "openai.key_file: \(error)",
                    hint: "A file with the key in it, readable by the daemon's user alone"))
        }
    }
}
