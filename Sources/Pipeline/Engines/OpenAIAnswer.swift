import Foundation
import SpoolFiles

/// What a server answers to `response_format=verbose_json`. Servers differ: only the segments with their times are sure to be there.
struct OpenAIAnswer: Decodable, Sendable {
    struct Segment: Decodable, Sendable {
        var start: Double
        var end: Double
        var text: String
        var avgLogprob: Double?
        var noSpeechProb: Double?
        var compressionRatio: Double?
        var temperature: Double?
        var words: [Word]?

        private enum CodingKeys: String, CodingKey {
            case start, end, text, temperature, words
            case avgLogprob = "avg_logprob"
            case noSpeechProb = "no_speech_prob"
            case compressionRatio = "compression_ratio"
        }
    }

    struct Word: Decodable, Sendable {
        var start: Double
        var end: Double
        var word: String
        var probability: Double?
    }

    var language: String?
    var segments: [Segment]?
    var words: [Word]?
    var text: String?

    /// Whisper's names of languages that are called otherwise elsewhere.
    private static let namesOfTheirOwn = [
        "cantonese": "yue", "myanmar": "my", "haitian creole": "ht", "pashto": "ps", "sinhala": "si", "nynorsk": "nn", "tagalog": "tl",
    ]

    /// An ISO 639 code: some servers write "english". `nil` for what nobody knows.
    var languageCode: String? {
        guard let language = language?.lowercased(), !language.isEmpty else { return nil }
        if JobSpec.isLanguage(language) { return language }
        if let code = Self.namesOfTheirOwn[language] { return code }
        let english = Locale(identifier: "en_US")
        return Locale.LanguageCode.isoLanguageCodes.map { $0.identifier }.first {
            JobSpec.isLanguage($0) && english.localizedString(forLanguageCode: $0)?.lowercased() == language
        }
    }

    struct NoTranscript: Error, CustomStringConvertible { let description = "it has neither segments nor a text" }

    /// The part as our own recogniser would tell it. Times in the answer count from the beginning of the part.
    /// - Throws: if the answer is none: an unknown object is not the same as silence.
    func part(_ part: TranscriptionPlan.Part) throws(NoTranscript) -> TranscribedPart {
        guard segments != nil || text != nil else { throw NoTranscript() }
        let length = part.end - part.start
        func time(_ seconds: Double) -> Double { part.start + min(max(seconds.isFinite ? seconds : 0, 0), length) }
        func timed(_ words: [Word]) -> [Transcript.Word] {
            words.map { .init(start: time($0.start), end: max(time($0.end), time($0.start)), word: $0.word, probability: $0.probability) }
        }
        let heard = timed(words ?? [])
        let told = segments ?? text.map { [Segment(start: 0, end: length, text: $0)] } ?? []
        let result = told.compactMap { segment -> TranscribedPart.Segment? in
            let text = segment.text.trimmed
            guard !text.isEmpty else { return nil }
            let (start, end) = (time(segment.start), max(time(segment.end), time(segment.start)))
            // Their words have no commas and full stops: the text has, and the words its times.
            let own = segment.words.map(timed) ?? heard
            let words = WordTiming.words(of: text, start: start, end: end, by: own)
            return TranscribedPart.Segment(
                start: start, end: end, text: text, avgLogprob: segment.avgLogprob, noSpeechProb: segment.noSpeechProb,
                compressionRatio: segment.compressionRatio, temperature: segment.temperature, words: words)
        }
        return TranscribedPart(index: part.index, segments: result, language: languageCode)
    }
}
