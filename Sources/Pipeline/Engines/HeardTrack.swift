import SpoolFiles

/// A track that was heard whole.
struct HeardTrack: Sendable {
    let identity: RecogniserIdentity
    let plan: TranscriptionPlan
    let parts: [Int: TranscribedPart]
    let speaker: String?

    /// - Returns: `nil` if a part is missing.
    init?(_ contents: PartsFile.Contents, speaker: String?) {
        guard let identity = contents.identity, let plan = contents.plan, plan.parts.allSatisfy({ contents.parts[$0.index] != nil }) else {
            return nil
        }
        self.identity = identity
        self.plan = plan
        parts = contents.parts
        self.speaker = speaker
    }

    /// In the order of their times. Each part has been counted once.
    var segments: [Transcript.Segment] {
        plan.parts.flatMap { parts[$0.index]?.segments ?? [] }.map { heard in
            var segment = Transcript.Segment(id: 0, start: heard.start, end: heard.end, text: heard.text, words: heard.words)
            segment.avgLogprob = heard.avgLogprob
            segment.noSpeechProb = heard.noSpeechProb
            segment.compressionRatio = heard.compressionRatio
            segment.temperature = heard.temperature
            segment.speaker = speaker
            return segment
        }
    }
}
