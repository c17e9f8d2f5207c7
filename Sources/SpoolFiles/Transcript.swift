import FoundationEssentials
import SystemPackage

/// `transcript.json`: what was said and when. Times are seconds from the start of the recording.
///
/// `segments[].start`, `end`, `text` and `words` are named as in whisper's own JSON, so that its readers read this too.
public struct Transcript: Codable, Hashable, Sendable {
    public static let schemaVersion = 1
    public static let name = "transcript.json"

    public struct Word: Codable, Hashable, Sendable {
        public var start: Double
        public var end: Double
        /// With the space before it, if there is one.
        public var word: String
        public var probability: Double?

        public init(start: Double, end: Double, word: String, probability: Double?) {
            self.start = start
            self.end = end
            self.word = word
            self.probability = probability
        }
    }

    /// What makes a segment, or the whole, doubtful.
    public enum Flag: String, Codable, Hashable, Sendable, CaseIterable {
        /// Said again and again, as a recogniser does that has lost its way.
        case repeated
        /// Where the voice detector heard nobody.
        case overSilence = "over_silence"
        case lowConfidence = "low_confidence"
        /// More words than anybody can say in that time.
        case impossibleRate = "impossible_rate"
        /// Of the whole: nobody speaks in it.
        case noSpeech = "no_speech"
        /// Of the whole: there is no sound in it.
        case silence
        /// Of the whole: it has sound, but no voice: music or noise.
        case noVoice = "no_voice"
        /// Of the whole: another language is spoken than the model knows.
        case otherLanguage = "other_language"
    }

    /// How far the whole can be trusted.
    public struct Quality: Codable, Hashable, Sendable {
        /// 0 to 1: the mean certainty of its words, less the share of text that is flagged.
        public var score: Double
        /// Why, in sentences.
        public var reasons: [String]
        /// What would make it better.
        public var hint: String?

        public init(score: Double, reasons: [String], hint: String?) {
            self.score = score
            self.reasons = reasons
            self.hint = hint
        }
    }

    /// What stands on the screen together.
    public struct Cue: Codable, Hashable, Sendable {
        /// Seconds.
        public var start: Double
        public var end: Double
        public var lines: [String]

        public init(start: Double, end: Double, lines: [String]) {
            self.start = start
            self.end = end
            self.lines = lines
        }
    }

    public struct Segment: Codable, Hashable, Sendable {
        public var id: Int
        public var start: Double
        public var end: Double
        public var text: String
        /// Who speaks, by a label; `VideoMetadata.speakers` has names for labels.
        public var speaker: String?
        public var flags: [Flag]?
        /// The subtitles in which a person put it, as they were cut.
        public var cues: [Cue]?
        public var avgLogprob: Double?
        public var noSpeechProb: Double?
        public var compressionRatio: Double?
        public var temperature: Double?
        public var words: [Word]

        public init(id: Int, start: Double, end: Double, text: String, words: [Word]) {
            self.id = id
            self.start = start
            self.end = end
            self.text = text
            self.words = words
        }

        private enum CodingKeys: String, CodingKey {
            case id, start, end, text, temperature, words, speaker, flags, cues
            case avgLogprob = "avg_logprob"
            case noSpeechProb = "no_speech_prob"
            case compressionRatio = "compression_ratio"
        }
    }

    /// Reads a transcript without its words, which are most of the file: what only shows or searches the text needs none.
    public static func readWithoutWords(at path: FilePath) throws -> Transcript {
        var segments: [Segment]?
        var transcript = try SpoolJSON.read(Transcript.self, at: path) { data in
            guard let plain = PlainSegments.take(from: data) else { return JSONPruning.emptyingArrays(named: "words", in: data) }
            segments = plain.segments
            return plain.rest
        }
        if let segments { transcript.segments = segments }
        return transcript
    }

    /// What made the transcript.
    public struct Provenance: Codable, Hashable, Sendable {
        /// `faster-whisper`, `openai`, `captions`, or `human` for one that a person corrected.
        public var engine: String
        public var engineVersion: String
        /// The model; of captions whether people or a machine made them, of a corrected one the format of its file.
        public var model: String
        public var task: String
        /// The job or drop that made it, by which the version is called.
        public var jobID: String
        public var createdAt: Timestamp
        public var computeType: String?
        /// `cpu` or `cuda`.
        public var device: String?
        /// Versions of what the engine is made of, by their names.
        public var libraries: [String: String]?
        public var beamSize: Int?
        public var hotwords: String?
        public var initialPrompt: String?
        /// `speakers` if each channel was heard by itself.
        public var channels: String?
        /// Seconds of work.
        public var elapsed: Double?
        /// Who corrected it.
        public var author: String?
        /// The version that was corrected.
        public var basedOn: String?

        public init(engine: String, engineVersion: String, model: String, task: String, jobID: String, createdAt: Timestamp) {
            self.engine = engine
            self.engineVersion = engineVersion
            self.model = model
            self.task = task
            self.jobID = jobID
            self.createdAt = createdAt
        }

        /// The engine of what people wrote.
        public static let human = "human"

        /// A person has seen it through: a machine's must not take its place unasked.
        public var isByHuman: Bool { engine == Self.human }

        private enum CodingKeys: String, CodingKey {
            case engine, model, task, hotwords, device, libraries, channels, author
            case engineVersion = "engine_version"
            case computeType = "compute_type"
            case beamSize = "beam_size"
            case initialPrompt = "initial_prompt"
            case basedOn = "based_on"
            case jobID = "job_id"
            case createdAt = "created_at"
            case elapsed = "elapsed_seconds"
        }
    }

    public var schema = Self.schemaVersion
    public var language: String
    /// 0 to 1.
    public var languageProbability: Double?
    /// Seconds of the recording.
    public var duration: Double
    /// Seconds in which the voice detector heard speech.
    public var speechDuration: Double?
    public var text: String
    public var segments: [Segment]
    /// What makes the whole doubtful.
    public var flags: [Flag]
    /// Absent where nothing tells: captions and corrected transcripts.
    public var quality: Quality?
    public var provenance: Provenance

    public init(
        language: String, languageProbability: Double?, duration: Double, speechDuration: Double?, segments: [Segment], flags: [Flag],
        provenance: Provenance
    ) {
        self.language = language
        self.languageProbability = languageProbability
        self.duration = duration
        self.speechDuration = speechDuration
        self.segments = segments
        self.flags = flags
        self.provenance = provenance
        text = segments.map { $0.text.trimmed }.joined(separator: " ")
    }

    private enum CodingKeys: String, CodingKey {
        case schema, language, duration, text, segments, flags, quality, provenance
        case languageProbability = "language_probability"
        case speechDuration = "speech_duration"
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    public var trimmed: String {
        // Most begin and end with ASCII, which needs no look at what a character is.
        let bytes = Substring(self).utf8
        if let first = bytes.firstIndex(where: { $0 != 0x20 }), let last = bytes.lastIndex(where: { $0 != 0x20 }),
            (0x21...0x7E).contains(bytes[first]), (0x21...0x7E).contains(bytes[last])
        {
            return String(Substring(bytes)[first...last])
        }
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[first...last])
    }
}
