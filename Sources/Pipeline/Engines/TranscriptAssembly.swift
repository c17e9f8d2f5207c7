import Jobs
import SpoolFiles

/// Joins what was heard of each track into one transcript in the order of time.
struct TranscriptAssembly {
    let tracks: [HeardTrack]
    let wish: RecognitionWish
    let jobID: String
    /// Seconds of work.
    let seconds: Double
    /// The language that the site or a person says is spoken; `nil` if nobody knows.
    var toldLanguage: String?

    /// Hears the tracks of a job one after the other.
    /// - Parameter hear: hears one, and reports its progress as the given part of the stage's.
    static func ofTracks(
        of work: StageWork, _ wish: RecognitionWish,
        _ hear: (SpeechTrack, _ share: ClosedRange<Double>) async throws(StageFailure) -> HeardTrack
    ) async throws(StageFailure) -> TranscriptAssembly {
        let started = ContinuousClock.now
        let tracks = SpeechTrack.all(in: work.files)
        var heard: [HeardTrack] = []
        for (number, track) in tracks.enumerated() {
            heard.append(try await hear(track, Double(number) / Double(tracks.count)...Double(number + 1) / Double(tracks.count)))
        }
        return TranscriptAssembly(
            tracks: heard, wish: wish, jobID: work.job.id, seconds: (ContinuousClock.now - started) / .seconds(1),
            toldLanguage: wish.language ?? work.toldLanguage)
    }

    var transcript: Transcript {
        let segments = TurnTaking.inOrder(tracks.map(\.segments)).enumerated().map { number, segment in
            var numbered = segment
            numbered.id = number
            return numbered
        }
        // Who says most decides.
        let loudest = tracks.max { $0.plan.speechDuration < $1.plan.speechDuration }
        var transcript = Transcript(
            language: loudest?.plan.language ?? wish.language ?? "und", languageProbability: loudest?.plan.languageProbability,
            duration: tracks.map(\.plan.duration).max() ?? 0, speechDuration: tracks.map(\.plan.speechDuration).reduce(0, +),
            segments: segments, flags: [], provenance: provenance)
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

    private var provenance: Transcript.Provenance {
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
