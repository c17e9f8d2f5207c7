import SpoolFiles

/// Reads a job spec field by field, so that a refusal names the field, what it was and what it should be.
struct SpecReader {
    private var spec = JobSpec()
    private var refusals: [Receipt.Refusal] = []
    private let name: String?
    private let line: Int?
    private let fields: Set<JobSpec.CodingKeys>
    /// The models that may be named; any if `nil`.
    private let models: [String]?
    private var example = JSONSpecParser.example

    /// Reads one spec into the drop.
    /// - Parameters:
    ///   - name: "spec 3", where the drop has several.
    ///   - line: where it stands, in drops with one spec a line.
    static func read(_ value: JSONValue, name: String?, line: Int? = nil, models: [String], into drop: inout ParsedDrop) {
        var reader = SpecReader(name: name, line: line, fields: Set(JobSpec.CodingKeys.allCases), models: models)
        reader.read(value)
        guard reader.refusals.isEmpty else {
            drop.refused += reader.refusals
            return
        }
        switch (reader.spec.url, reader.spec.file) {
        case (let url?, nil): drop.add(address: url, line: line, spec: reader.spec)
        case (nil, let file?): drop.jobs.append(RequestedJob(source: .recording(file), spec: reader.spec))
        case (nil, nil): drop.refused.append(reader.refusal(nil, "it has no field url", JSONSpecParser.example))
        case (.some, .some): drop.refused.append(reader.refusal(nil, "it has both url and file", "Give one of them"))
        }
    }

    /// Reads some fields of a spec, as presets and control drops give them.
    /// - Parameters:
    ///   - example: one that works where this stands.
    ///   - models: those that may be named; any if `nil`, for what does not come from users.
    static func read(
        _ value: JSONValue, only fields: Set<JobSpec.CodingKeys>, example: String, models: [String]?
    ) -> (spec: JobSpec, refused: [Receipt.Refusal]) {
        var reader = SpecReader(name: nil, line: nil, fields: fields, models: models)
        reader.example = example
        reader.read(value)
        return (reader.spec, reader.refusals)
    }

    private init(name: String?, line: Int?, fields: Set<JobSpec.CodingKeys>, models: [String]?) {
        self.name = name
        self.line = line
        self.fields = fields
        self.models = models
    }

    private mutating func read(_ value: JSONValue) {
        guard case .object(let object) = value else {
            refusals.append(refusal(nil, "it is \(value.typeName), not an object", example))
            return
        }
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            guard let field = JobSpec.CodingKeys(rawValue: key), fields.contains(field) else {
                let known = fields.map(\.rawValue).sorted()
                let meant = NearestName.of(key, among: known).map { "Did you mean \($0)?" }
                refusals.append(refusal(key, "there is no such field", meant ?? "The fields are \(known.joined(separator: ", "))"))
                continue
            }
            set(field, value)
        }
    }

    private mutating func set(_ field: JobSpec.CodingKeys, _ value: JSONValue) {
        switch field {
        case .url: spec.url = text(field, value)
        case .file: spec.file = text(field, value)
        case .title: spec.title = text(field, value)
        case .hotwords: spec.hotwords = text(field, value)
        case .initialPrompt: spec.initialPrompt = text(field, value)
        case .replaceCorrected: spec.replaceCorrected = flag(field, value)
        case .channels: spec.channels = choice(field, value)
        case .computeType: spec.computeType = choice(field, value)
        case .modelSize:
            spec.modelSize = text(field, value)
            // A folder or a stranger's repository would be loaded as native code.
            if let model = spec.modelSize, let models, !models.contains(model) {
                refuse(field, "\"\(model)\"", "one of \(models.joined(separator: ", "))")
            }
        case .userID: spec.userID = text(field, value)
        case .language:
            spec.language = text(field, value)
            if let language = spec.language, !JobSpec.isLanguage(language) {
                refuse(field, "\"\(language)\"", "a language code such as \"en\"")
            }
        case .priority: spec.priority = number(field, value, in: JobSpec.priorities)
        case .maxRetries: spec.maxRetries = number(field, value, in: JobSpec.retries)
        case .maxComments: spec.maxComments = number(field, value, in: 0...1_000_000)
        case .maxItems: spec.maxItems = number(field, value, in: JobSpec.items)
        case .forceWhisper: spec.forceWhisper = flag(field, value)
        case .automaticCaptions: spec.automaticCaptions = flag(field, value)
        case .includeComments: spec.includeComments = flag(field, value)
        case .keepVideo: spec.keepVideo = flag(field, value)
        case .force: spec.force = flag(field, value)
        case .follow:
            guard case .string(let text) = value, let interval = FollowInterval(text) else {
                return refuse(field, value, "\"15m\" to \"52w\", a number with m, h, d or w,")
            }
            spec.follow = interval
        case .task: spec.task = choice(field, value)
        case .tags:
            guard case .array(let values) = value else { return refuse(field, value, "an array of texts") }
            spec.tags = values.compactMap { element in
                if case .string(let tag) = element { return tag }
                refuse(field, element, "an array of texts")
                return nil
            }
        }
    }

    private mutating func text(_ field: JobSpec.CodingKeys, _ value: JSONValue) -> String? {
        if case .string(let text) = value, !text.trimmed.isEmpty { return text }
        if case .string = value { refuse(field, "empty", "a text with something in it") } else { refuse(field, value, "a text") }
        return nil
    }

    private mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ field: JobSpec.CodingKeys, _ value: JSONValue
    ) -> Choice? {
        if case .string(let name) = value, let choice = Choice(rawValue: name) { return choice }
        let names = Choice.allCases.map { "\"\($0.rawValue)\"" }
        refuse(field, Self.shown(value), names.count == 2 ? names.joined(separator: " or ") : "one of \(names.joined(separator: ", "))")
        return nil
    }

    private mutating func flag(_ field: JobSpec.CodingKeys, _ value: JSONValue) -> Bool? {
        if case .bool(let flag) = value { return flag }
        refuse(field, value, "true or false")
        return nil
    }

    private mutating func number(_ field: JobSpec.CodingKeys, _ value: JSONValue, in range: ClosedRange<Int>) -> Int? {
        if case .integer(let number) = value, range.contains(number) { return number }
        if case .integer(let number) = value {
            refuse(field, "\(number)", "a whole number from \(range.lowerBound) to \(range.upperBound)")
        } else {
            refuse(field, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return nil
    }

    private mutating func refuse(_ field: JobSpec.CodingKeys, _ value: JSONValue, _ expected: String) {
        refuse(field, value.typeName, expected)
    }

    private mutating func refuse(_ field: JobSpec.CodingKeys, _ found: String, _ expected: String) {
        refusals.append(refusal(field.rawValue, "it is \(found) where \(expected) was expected", hint(field)))
    }

    /// A text as it stands, anything else by its type.
    private static func shown(_ value: JSONValue) -> String {
        if case .string(let text) = value { "\"\(text)\"" } else { value.typeName }
    }

    /// For the fields that are not in the example, one with them.
    private func hint(_ field: JobSpec.CodingKeys) -> String {
        switch field {
        case .tags: "For example {\"tags\": [\"council\", \"2026\"]}"
        case .language: "For example {\"language\": \"en\"}; in YAML with quotation marks: language: \"no\""
        case .modelSize: "For example {\"model_size\": \"base.en\"}"
        case .computeType: "For example {\"compute_type\": \"float32\"}: more exact, and slower"
        case .task: "For example {\"task\": \"translate\"}"
        case .channels: "For example {\"channels\": \"speakers\"}, for an interview with a microphone on each channel"
        case .follow: "For example {\"url\": \"https://www.youtube.com/@example\", \"follow\": \"6h\"}"
        default: example
        }
    }

    private func refusal(_ field: String?, _ reason: String, _ hint: String) -> Receipt.Refusal {
        let place = [name, field.map { "field \"\($0)\"" }].compactMap { $0 }.joined(separator: ", ")
        return Receipt.Refusal(line: line, text: field, reason: place.isEmpty ? reason : "\(place): \(reason)", hint: hint)
    }
}
