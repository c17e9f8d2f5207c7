import SpoolFiles

/// Joins what was heard of each track into one transcript in the order of time.
struct TranscriptAssembly {
    let tracks: [HeardTrack]
    let wish: RecognitionWish
    let jobID: String
    /// The language that the site or a person says is spoken; `nil` if nobody knows.
    var toldLanguage: String?

    /// - Parameter seconds: of work.
    func transcript(seconds: Double) -> Transcript {
        let segments = tracks.flatMap(\.segments).sorted { ($0.start, $0.end) < ($1.start, $1.end) }.enumerated().map { number, segment in
            var numbered = segment
            numbered.id = number
            return numbered
        }
        // Who says most decides.
        let loudest = tracks.max { $0.plan.speechDuration < $1.plan.speechDuration }
        var transcript = Transcript(
            language: loudest?.plan.language ?? wish.language ?? "und", languageProbability: loudest?.plan.languageProbability,
            duration: tracks.map(\.plan.duration).max() ?? 0, speechDuration: tracks.map(\.plan.speechDuration).reduce(0, +),
            segments: segments, flags: [], provenance: provenance(seconds))
        if wish.task == .translate { transcript.language = "en" }
        QualityReview(
            model: wish.model, isEnglishOnly: isEnglishOnly, speech: speech, loudness: tracks.compactMap(\.plan.loudness).max(),
            toldLanguage: toldLanguage
        )
        .mark(&transcript)
        return transcript
    }

    private var isEnglishOnly: Bool { tracks.first?.identity.multilingual.map { !$0 } ?? wish.isEnglishOnly }

    /// Where the voice detector heard somebody, by speaker; `nil` for a speaker of whom it was not asked.
    private var speech: [String?: [ClosedRange<Double>]] {
        var all: [String?: [ClosedRange<Double>]] = [:]
        for track in tracks { if let spans = track.plan.spans { all[track.speaker] = spans } }
        return all
    }

    private func provenance(_ seconds: Double) -> Transcript.Provenance {
        let identity = tracks.first?.identity
        var provenance = Transcript.Provenance(
            engine: identity?.engine ?? "", engineVersion: identity?.engineVersion ?? "", model: identity?.model ?? wish.model,
            task: wish.task.rawValue, jobID: jobID, createdAt: .now())
        provenance.computeType = identity?.computeType
        provenance.device = identity?.device
        provenance.libraries = identity?.ctranslate2Version.map { ["ctranslate2": $0] }
        provenance.beamSize = identity?.computeType == nil ? nil : wish.beamSize
        provenance.hotwords = wish.hotwords
        provenance.initialPrompt = wish.initialPrompt
        provenance.channels = tracks.count > 1 ? JobSpec.Channels.speakers.rawValue : nil
        provenance.elapsed = seconds
        return provenance
    }
}
