import SpoolFiles

/// Looks for what recognisers are known to get wrong, and says how far a transcript can be trusted.
struct QualityReview {
    let model: String
    /// The model knows no language but English.
    let isEnglishOnly: Bool
    /// Where the voice detector heard somebody, by speaker; seconds.
    let speech: [String?: [ClosedRange<Double>]]
    /// Decibels below the loudest that can be.
    let loudness: Double?
    /// The language that the site or a person says is spoken.
    let toldLanguage: String?

    /// Characters a second that nobody says; fast speakers reach 25.
    private static let fastest = 40.0
    /// Below this mean probability of its words, or of its tokens (as Whisper's own rule has it), a segment is doubtful.
    private static let doubtfulWord = 0.5
    private static let doubtfulToken = -1.0
    /// Above this ratio the text of a segment repeats itself (Whisper's own rule).
    private static let repetitive = 2.4
    /// The share of a segment in which somebody must be heard.
    private static let voiced = 0.2
    /// Below this there is nothing to hear.
    private static let silent = -70.0
    /// Below this score people are told.
    private static let poor = 0.7

    /// Sets the flags of segments and of the whole, and the quality.
    func mark(_ transcript: inout Transcript) {
        let isRepeated = Self.repetitions(transcript.segments)
        for index in transcript.segments.indices {
            let segment = transcript.segments[index]
            var flags: [Transcript.Flag] = []
            if isRepeated[index] || (segment.compressionRatio ?? 0) > Self.repetitive { flags.append(.repeated) }
            if isOverSilence(segment) { flags.append(.overSilence) }
            if Self.isDoubtful(segment) { flags.append(.lowConfidence) }
            if Self.rate(segment) > Self.fastest { flags.append(.impossibleRate) }
            transcript.segments[index].flags = flags.isEmpty ? nil : flags
        }
        transcript.flags = whole(transcript)
        transcript.quality = quality(transcript)
    }

    private func whole(_ transcript: Transcript) -> [Transcript.Flag] {
        var flags: [Transcript.Flag] = []
        if transcript.segments.isEmpty {
            flags.append(.noSpeech)
            if let loudness { flags.append(loudness < Self.silent ? .silence : .noVoice) }
        }
        if speaksOther || soundsOther(transcript.segments) { flags.append(.otherLanguage) }
        return flags
    }

    /// A model that only knows English hears English in everything.
    private var speaksOther: Bool {
        guard isEnglishOnly, let told = toldLanguage else { return false }
        return CaptionChoice.base(told) != "en"
    }

    /// Nobody says what is spoken, but little of what an English model has heard is sure.
    private func soundsOther(_ segments: [Transcript.Segment]) -> Bool {
        guard isEnglishOnly, toldLanguage == nil, let certainty = Self.certainty(segments) else { return false }
        let doubtful = segments.filter { $0.flags?.contains(.lowConfidence) == true }.reduce(0) { $0 + $1.text.count }
        return certainty < Self.doubtfulWord && 2 * doubtful > segments.reduce(0) { $0 + $1.text.count }
    }

    // MARK: Segments

    /// Of three or more segments in a row with the same words, all but the first; of two, if they are long.
    static func repetitions(_ segments: [Transcript.Segment]) -> [Bool] {
        let texts = segments.map { segment in segment.text.lowercased().filter { $0.isLetter || $0.isNumber } }
        var result = Array(repeating: false, count: segments.count)
        var first = 0
        for index in segments.indices {
            if texts[index] != texts[first] || texts[index].isEmpty { first = index }
            let next = index + 1 < segments.count ? texts[index + 1] : ""
            guard next != texts[first] else { continue }
            let count = index - first + 1
            if count >= 3 || count == 2 && texts[first].count > 30 { for place in (first + 1)...index { result[place] = true } }
        }
        return result
    }

    private func isOverSilence(_ segment: Transcript.Segment) -> Bool {
        guard let spans = speech[segment.speaker], segment.end > segment.start else { return false }
        // Spans are in order: those that can touch the segment begin where the first ends behind its start.
        let first = spans.partition { $0.upperBound > segment.start }
        var heard = 0.0
        for span in spans[first...] {
            if span.lowerBound >= segment.end { break }
            heard += min(span.upperBound, segment.end) - max(span.lowerBound, segment.start)
        }
        return heard < Self.voiced * (segment.end - segment.start)
    }

    private static func isDoubtful(_ segment: Transcript.Segment) -> Bool {
        if let tokens = segment.avgLogprob, tokens < doubtfulToken { return true }
        return certainty([segment]).map { $0 < doubtfulWord } ?? false
    }

    /// Characters a second; 0 for what is too short to tell.
    private static func rate(_ segment: Transcript.Segment) -> Double {
        let length = segment.text.trimmed.count
        guard length >= 12 else { return 0 }
        return Double(length) / max(segment.end - segment.start, 0.01)
    }

    /// The mean probability of the words; `nil` if none has one.
    private static func certainty(_ segments: [Transcript.Segment]) -> Double? {
        var (sum, count) = (0.0, 0)
        for word in segments.lazy.flatMap(\.words) {
            guard let probability = word.probability else { continue }
            sum += probability
            count += 1
        }
        return count == 0 ? nil : sum / Double(count)
    }

    // MARK: The whole

    private func quality(_ transcript: Transcript) -> Transcript.Quality {
        let segments = transcript.segments
        guard !segments.isEmpty else {
            let reason =
                transcript.flags.contains(.silence)
                ? "there is no sound in the recording"
                : "nobody was heard speaking in it\(transcript.flags.contains(.noVoice) ? ", only music or noise" : "")"
            return .init(score: 1, reasons: [reason], hint: nil)
        }
        let all = segments.reduce(0) { $0 + $1.text.count }
        let flagged = segments.reduce(0) { $0 + ($1.flags == nil ? 0 : $1.text.count) }
        var score = (Self.certainty(segments) ?? 1) * (1 - Double(flagged) / Double(max(all, 1)))
        var reasons = Transcript.Flag.allCases.compactMap { flag -> String? in
            let count = segments.count { $0.flags?.contains(flag) == true }
            return count == 0 ? nil : "\(count) of \(segments.count) segments \(Self.words(flag))"
        }
        if transcript.flags.contains(.otherLanguage) {
            score = min(score, 0.2)
            reasons.insert(
                toldLanguage.map { "\($0) is spoken, of which the model \(model) knows nothing" }
                    ?? "perhaps another language than English is spoken, of which the model \(model) knows nothing", at: 0)
        }
        score = (min(max(score, 0), 1) * 100).rounded() / 100
        if score < Self.poor, reasons.isEmpty { reasons = ["the recogniser was unsure of most words"] }
        return .init(score: score, reasons: reasons, hint: score < Self.poor ? hint(transcript) : nil)
    }

    private static func words(_ flag: Transcript.Flag) -> String {
        switch flag {
        case .repeated: "repeat what was said before"
        case .overSilence: "stand where nobody was heard"
        case .lowConfidence: "are doubtful"
        case .impossibleRate: "have more words than can be said in their time"
        case .noSpeech, .silence, .noVoice, .otherLanguage: "are \(flag.rawValue)"
        }
    }

    private func hint(_ transcript: Transcript) -> String {
        let isEnglish = transcript.language == "en" && !transcript.flags.contains(.otherLanguage)
        guard let better = Self.better(than: model, forEnglish: isEnglish) else { return "Check it against the recording" }
        return "Reprocess with model \(better)"
    }

    /// The next larger model; `nil` behind the largest and for those without a known size.
    static func better(than model: String, forEnglish: Bool) -> String? {
        let sizes = ["tiny", "base", "small", "medium", "large-v3"]
        let size = model.hasSuffix(".en") ? String(model.dropLast(3)) : model
        guard let index = sizes.firstIndex(of: size) else { return nil }
        // The same size hears more once it knows the language.
        if model.hasSuffix(".en"), !forEnglish { return size }
        guard index + 1 < sizes.count else { return nil }
        let next = sizes[index + 1]
        return forEnglish && model.hasSuffix(".en") && next != "large-v3" ? "\(next).en" : next
    }
}
