/// What a user asks of a job, as a JSON spec writes it. Absent fields take the settings' values.
public struct JobSpec: Codable, Hashable, Sendable {
    /// Transcribe in the spoken language, or translate to English.
    public enum Task: String, Codable, Sendable, CaseIterable { case transcribe, translate }

    /// What the channels of a recording are.
    public enum Channels: String, Codable, Sendable, CaseIterable {
        /// One sound.
        case mix
        /// Of an interview with two microphones, one speaker each.
        case speakers
    }

    /// The arithmetic in which the local recogniser computes, by CTranslate2's names: less exact is faster and smaller.
    public enum ComputeType: String, Codable, Sendable, CaseIterable {
        case int8, float16, float32, auto, `default`
        case int8Float16 = "int8_float16"
        case int8Float32 = "int8_float32"

        /// The same where a processor has it, else what suits a processor.
        public var onProcessor: ComputeType { [.int8, .float32].contains(self) ? self : .auto }
    }

    public var url: String?
    /// The name of a recording in the same drop.
    public var file: String?
    /// 1 (first) to 10 (last).
    public var priority: Int?
    /// Transcribe although human captions are there.
    public var forceWhisper: Bool?
    public var modelSize: String?
    public var computeType: ComputeType?
    /// An ISO 639-1 code: "en".
    public var language: String?
    public var task: Task?
    public var includeComments: Bool?
    public var maxComments: Int?
    /// Names and terms that the recogniser should expect.
    public var hotwords: String?
    /// A text as it may stand before the recording: it sets spelling and style.
    public var initialPrompt: String?
    public var channels: Channels?
    public var keepVideo: Bool?
    /// Automatic tries after the first, 0 to 10.
    public var maxRetries: Int?
    public var title: String?
    public var tags: [String]?
    public var userID: String?
    /// Work again although the video is there already.
    public var force: Bool?
    /// Put the new transcript also in the place of one that a person corrected.
    public var replaceCorrected: Bool?
    /// Take a site's automatic captions as the transcript, where there are no human ones.
    public var automaticCaptions: Bool?
    /// Of a playlist or channel, how many items are taken.
    public var maxItems: Int?
    /// How often a playlist or channel is looked at again for new items: "6h".
    public var follow: FollowInterval?

    public init(url: String? = nil, file: String? = nil) {
        self.url = url
        self.file = file
    }

    /// This spec with the values of another where it has none itself.
    public func filled(from other: JobSpec) -> JobSpec {
        var spec = keeping(other).spec
        spec.priority = priority ?? other.priority
        spec.includeComments = includeComments ?? other.includeComments
        spec.maxComments = maxComments ?? other.maxComments
        spec.replaceCorrected = replaceCorrected ?? other.replaceCorrected
        spec.keepVideo = keepVideo ?? other.keepVideo
        spec.maxRetries = maxRetries ?? other.maxRetries
        spec.title = title ?? other.title
        spec.tags = tags ?? other.tags
        spec.userID = userID ?? other.userID
        spec.force = force ?? other.force
        spec.maxItems = maxItems ?? other.maxItems
        spec.follow = follow ?? other.follow
        return spec
    }

    /// This spec for work on the same recording: what decides about the transcript stays as it was, unless this spec says otherwise.
    /// - Returns: the spec, and the names of the fields that it took from the earlier one.
    public func keeping(_ earlier: JobSpec) -> (spec: JobSpec, kept: [String]) {
        var spec = self
        spec.modelSize = modelSize ?? earlier.modelSize
        spec.computeType = computeType ?? earlier.computeType
        spec.language = language ?? earlier.language
        spec.task = task ?? earlier.task
        spec.hotwords = hotwords ?? earlier.hotwords
        spec.initialPrompt = initialPrompt ?? earlier.initialPrompt
        spec.channels = channels ?? earlier.channels
        spec.forceWhisper = forceWhisper ?? earlier.forceWhisper
        spec.automaticCaptions = automaticCaptions ?? earlier.automaticCaptions
        return (spec, spec.recognition.keys.filter { recognition[$0] == nil }.sorted())
    }

    /// The fields that decide what the transcript will be, by their names in JSON, as far as they are set.
    public var recognition: [String: String] {
        [
            "model_size": modelSize, "language": language, "task": task?.rawValue, "hotwords": hotwords, "initial_prompt": initialPrompt,
            "channels": channels?.rawValue, "compute_type": computeType?.rawValue,
            "force_whisper": forceWhisper == true ? "true" : nil, "automatic_captions": automaticCaptions == true ? "true" : nil,
        ].compactMapValues { $0 }
    }

    /// Whether a text looks like an ISO 639 code.
    public static func isLanguage(_ text: String) -> Bool {
        (2...3).contains(text.count) && text.allSatisfy { ("a"..."z").contains($0) }
    }

    public static let defaultPriority = 5
    public static let priorities = 1...10
    /// The models that a spec may ask for; the settings may name any.
    public static let models = [
        "tiny.en", "tiny", "base.en", "base", "small.en", "small", "medium.en", "medium", "large-v1", "large-v2", "large-v3",
        "large-v3-turbo",
        "turbo", "distil-small.en", "distil-medium.en", "distil-large-v2", "distil-large-v3",
    ]
    public static let retries = 0...10
    public static let items = 1...10_000

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case url, file, priority, language, task, title, tags, force, hotwords, follow, channels
        case initialPrompt = "initial_prompt"
        case replaceCorrected = "replace_corrected"
        case forceWhisper = "force_whisper"
        case modelSize = "model_size"
        case computeType = "compute_type"
        case includeComments = "include_comments"
        case maxComments = "max_comments"
        case keepVideo = "keep_video"
        case maxRetries = "max_retries"
        case userID = "user_id"
        case automaticCaptions = "automatic_captions"
        case maxItems = "max_items"
    }
}
