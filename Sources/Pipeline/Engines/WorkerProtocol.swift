import FoundationEssentials
import SpoolFiles

/// What is asked of the recogniser. One JSON line on its standard input.
struct TranscriptionRequest: Encodable, Sendable {
    let op = "transcribe"
    var id: String
    var audio: String
    var language: String?
    var task: String
    var hotwords: String?
    var initialPrompt: String?
    var beamSize: Int
    var plan: TranscriptionPlan?
    var doneParts: [Int]

    /// The model that must hear it; not part of the line, it chooses the process.
    var model: LoadedModel

    private enum CodingKeys: String, CodingKey {
        case op, id, audio, language, task, hotwords, plan
        case initialPrompt = "initial_prompt"
        case beamSize = "beam_size"
        case doneParts = "done_parts"
    }
}

/// How a recording is cut for recognition. Kept with the parts, so that a later run continues the same cut.
struct TranscriptionPlan: Codable, Sendable, Hashable {
    struct Part: Codable, Sendable, Hashable {
        var index: Int
        /// Seconds.
        var start: Double
        var end: Double
    }

    var duration: Double
    var speechDuration: Double
    var language: String
    var languageProbability: Double?
    var parts: [Part]
    /// Where the voice detector heard somebody: pairs of seconds, in their order.
    var speech: [[Double]]?
    /// Decibels below the loudest that can be (dBFS).
    var loudness: Double?

    var spans: [ClosedRange<Double>]? {
        speech?.compactMap { $0.count == 2 && $0[0] <= $0[1] ? $0[0]...$0[1] : nil }
    }

    private enum CodingKeys: String, CodingKey {
        case duration, language, parts, speech, loudness
        case speechDuration = "speech_duration"
        case languageProbability = "language_probability"
    }
}

/// One part as it was heard.
struct TranscribedPart: Codable, Sendable {
    struct Segment: Codable, Sendable {
        var start: Double
        var end: Double
        var text: String
        var avgLogprob: Double?
        var noSpeechProb: Double?
        var compressionRatio: Double?
        var temperature: Double?
        var words: [Transcript.Word]

        private enum CodingKeys: String, CodingKey {
            case start, end, text, temperature, words
            case avgLogprob = "avg_logprob"
            case noSpeechProb = "no_speech_prob"
            case compressionRatio = "compression_ratio"
        }
    }

    var index: Int
    var segments: [Segment]
    /// As the engine heard it in this part; `nil` if the plan says it for all.
    var language: String?
}

/// Who hears: the recogniser's first line.
struct RecogniserIdentity: Codable, Sendable, Hashable {
    var engine: String
    var engineVersion: String
    var model: String
    /// Of a recogniser on this machine.
    var computeType: String?
    /// `cpu` or `cuda`.
    var device: String?
    var ctranslate2Version: String?
    /// It knows other languages than English.
    var multilingual: Bool?
    /// Why it is another device than was wanted.
    var fallback: String?

    private enum CodingKeys: String, CodingKey {
        case engine, model, device, fallback, multilingual
        case engineVersion = "engine_version"
        case computeType = "compute_type"
        case ctranslate2Version = "ctranslate2_version"
    }
}

/// A line of the recogniser's answer.
enum WorkerReply: Decodable, Sendable {
    /// Its model is not on this machine: it downloads it.
    case fetching
    case loading(device: String)
    case ready(RecogniserIdentity)
    /// It finishes the parts under way and ends; it holds so many bytes.
    case renewing(bytes: Int64)
    case planned(id: String, TranscriptionPlan)
    case part(id: String, TranscribedPart)
    /// Seconds of sound, and the steps that are finished, those of planning among them.
    case progress(id: String, done: Double, total: Double, steps: Int)
    case done(id: String)
    case cancelled(id: String)
    case error(id: String?, Failure)
    case fatal(Failure)

    private enum CodingKeys: String, CodingKey {
        case event, id, device, bytes, steps
        case done = "done_seconds"
        case total = "total_seconds"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func id() throws -> String { try container.decode(String.self, forKey: .id) }
        let event = try container.decode(String.self, forKey: .event)
        switch event {
        case "fetching": self = .fetching
        case "loading": self = .loading(device: try container.decode(String.self, forKey: .device))
        case "renewing": self = .renewing(bytes: try container.decode(Int64.self, forKey: .bytes))
        case "ready": self = .ready(try RecogniserIdentity(from: decoder))
        case "planned": self = .planned(id: try id(), try TranscriptionPlan(from: decoder))
        case "part": self = .part(id: try id(), try TranscribedPart(from: decoder))
        case "progress":
            self = .progress(
                id: try id(), done: try container.decode(Double.self, forKey: .done),
                total: try container.decode(Double.self, forKey: .total), steps: try container.decode(Int.self, forKey: .steps))
        case "done": self = .done(id: try id())
        case "cancelled": self = .cancelled(id: try id())
        case "error": self = .error(id: try container.decodeIfPresent(String.self, forKey: .id), try Failure(from: decoder))
        case "fatal": self = .fatal(try Failure(from: decoder))
        default:
            throw DecodingError.dataCorruptedError(forKey: .event, in: container, debugDescription: "unknown event \(event)")
        }
    }
}
