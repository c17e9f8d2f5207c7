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

    public struct Segment: Codable, Hashable, Sendable {
        public var id: Int
        public var start: Double
        public var end: Double
        public var text: String
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
            case id, start, end, text, temperature, words
            case avgLogprob = "avg_logprob"
            case noSpeechProb = "no_speech_prob"
            case compressionRatio = "compression_ratio"
        }
    }

    /// What made the transcript.
    public struct Provenance: Codable, Hashable, Sendable {
        public var engine: String
        public var engineVersion: String
        public var model: String
        public var computeType: String?
        public var task: String
        public var hotwords: String?
        public var jobID: String
        public var createdAt: Timestamp
        /// Seconds of work.
        public var elapsed: Double?

        public init(
            engine: String, engineVersion: String, model: String, computeType: String?, task: String, hotwords: String?, jobID: String,
            createdAt: Timestamp, elapsed: Double?
        ) {
            self.engine = engine
            self.engineVersion = engineVersion
            self.model = model
            self.computeType = computeType
            self.task = task
            self.hotwords = hotwords
            self.jobID = jobID
            self.createdAt = createdAt
            self.elapsed = elapsed
        }

        private enum CodingKeys: String, CodingKey {
            case engine, model, task, hotwords
            case engineVersion = "engine_version"
            case computeType = "compute_type"
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
    /// What makes the whole doubtful: `no_speech`.
    public var flags: [String]
    public var provenance: Provenance

    public init(
        language: String, languageProbability: Double?, duration: Double, speechDuration: Double?, segments: [Segment], flags: [String],
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
        case schema, language, duration, text, segments, flags, provenance
        case languageProbability = "language_probability"
        case speechDuration = "speech_duration"
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    public var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
