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
        plan.parts.flatMap { parts[$0.index]?.segments ?? [] }.flatMap { heard in
            var segment = Transcript.Segment(id: 0, start: heard.start, end: heard.end, text: heard.text, words: heard.words)
            segment.avgLogprob = heard.avgLogprob
            segment.noSpeechProb = heard.noSpeechProb
            segment.compressionRatio = heard.compressionRatio
            segment.temperature = heard.temperature
            segment.speaker = speaker
            return Self.sentences(of: segment)
        }
    }

    /// Seconds over which a segment is cut into its sentences, and of each of them at least.
    private static let long = 10.0
    private static let short = 3.0

    /// Small models make one segment of half a minute; what is read, linked to and found is a sentence.
    private static func sentences(of segment: Transcript.Segment) -> [Transcript.Segment] {
        guard segment.end - segment.start > long, !segment.words.isEmpty else { return [segment] }
        var sentences: [ArraySlice<Transcript.Word>] = []
        var first = 0
        for (place, word) in segment.words.enumerated()
        where LineBreaks.endsSentence(word.word) && word.end - segment.words[first].start >= short {
            sentences.append(segment.words[first...place])
            first = place + 1
        }
        if first < segment.words.count { sentences.append(segment.words[first...]) }
        return sentences.count > 1 ? sentences.map(segment.part) : [segment]
    }
}

extension Transcript.Segment {
    /// Some of its words, as a segment.
    func part(_ words: ArraySlice<Transcript.Word>) -> Transcript.Segment {
        guard let first = words.first, let last = words.last else { return self }
        var part = self
        part.words = Array(words)
        part.text = words.map(\.word).joined().trimmed
        part.start = first.start
        part.end = max(last.end, first.start)
        return part
    }
}
