import SpoolFiles

/// Leaves `transcript.json`, by the first engine that has something to go by.
struct TranscribeStage: Stage {
    let engines: [any TranscriptionEngine]

    func run(_ work: StageWork) async throws(StageFailure) {
        if FileSystem.exists(work.files.transcript) { return }
        for engine in engines {
            guard let transcript = try await engine.transcribe(work) else { continue }
            if let quality = transcript.quality {
                let reasons = quality.reasons.joined(separator: "; ")
                if transcript.segments.isEmpty {
                    try await work.learned(warnings: ["no speech was found: \(reasons)"])
                } else if let hint = quality.hint {
                    try await work.learned(warnings: ["the transcript may be poor: \(reasons). \(hint)"])
                }
            }
            return try work.file { () throws(SpoolError) in
                try AtomicFile.write(SpoolJSON.data(transcript), to: work.files.transcript, durability: .view)
            }
        }
        throw .failed(Failure(.local, "no_engine", "no engine can make a transcript", hint: "See transcription.engine in the settings"))
    }
}
