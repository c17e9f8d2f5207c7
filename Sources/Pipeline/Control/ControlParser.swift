import FoundationEssentials
import SpoolFiles
import SystemPackage

/// Reads a drop in a control folder: its name or its lines say what is meant, JSON or YAML says how.
struct ControlParser {
    let folder: ControlFolder
    /// The models that jobs may ask for.
    var models = JobSpec.models

    /// - Parameter claim: the claimed drop, which nobody else writes.
    func parse(_ claim: Claim) -> ControlOrder {
        var name = claim.name
        var isHard = false
        if folder == .delete {
            // Editors and file managers put .txt behind the name of an empty file, and hide it.
            let isEmptyText = DropName.fileExtension(name) == "txt" && FileSystem.attributes(of: claim.file)?.size == 0
            let shown = isEmptyText ? DropName.stem(name) : name
            if shown.lowercased().hasSuffix(".hard") {
                name = String(shown.dropLast(".hard".count))
                isHard = true
            }
        }
        let stem = DropName.stem(name)
        var order = ControlOrder(wish: wish(isHard: isHard), names: [name, stem])
        if folder == .update { order.namesOfCopy = DropName.original(stem).map { [$0] } ?? [] }
        guard let attributes = FileSystem.attributes(of: claim.file) else {
            return refuse(&order, "it was gone before it could be read", "Drop it again")
        }
        switch attributes.kind {
        case .folder:
            // An earlier drop that was a folder: its name says it all.
            return needsOptions ? refuse(&order, "it is a folder", example) : order
        case .symbolicLink, .other: return refuse(&order, "it is not a regular file, and links are not followed", "Drop a regular file")
        case .file: break
        }
        let ending = DropName.fileExtension(name)
        // Several specs, one a line: an earlier drop whose name says it all.
        if ending == "jsonl", !needsOptions { return order }
        let isOptions = DropParser.specEndings.contains(ending)
        if folder == .update, Correction.captionFormats.contains(ending) { return readCaptions(claim, ending, order) }
        guard attributes.size > 0 else { return needsOptions ? refuse(&order, "it is empty", example) : order }
        if folder == .update, ending == "json", let data = Self.transcript(claim) { return readTranscript(data, order) }
        guard isOptions || ["", "txt", "list", "urls", "url", "desktop"].contains(ending) || SortableID.isValid(name) else {
            // A recording, for example: an earlier drop whose name says it all.
            return needsOptions ? refuse(&order, "a file called .\(ending) says nothing of what to change", example) : order
        }
        let text: String
        do {
            // A recording without an extension, for example.
            if ending.isEmpty, !needsOptions, !DropParser.isText(claim.file) { return order }
            guard let decoded = TextDecoding.text(try FileSystem.read(claim.file, limit: DropParser.textLimit)) else {
                return refuse(&order, "its text is neither UTF-8, UTF-16 nor Windows-1252", "Save it as UTF-8 and drop it again")
            }
            text = decoded
        } catch {
            return refuse(&order, error.reason ?? error.description, "A drop in this folder has at most \(DropParser.textLimit) bytes")
        }
        if isOptions {
            readOptions(text, isYAML: ending.hasPrefix("y"), into: &order)
        } else if needsOptions {
            return refuse(&order, "it does not say what to change", example)
        } else {
            order.targets = Self.lines(text, ending)
        }
        return order
    }

    private func wish(isHard: Bool) -> ControlOrder.Wish {
        switch folder {
        case .retry, .incoming: .retry
        case .cancel: .cancel
        case .delete: .delete(isHard: isHard)
        case .update: .update(VideoEdits())
        case .reprocess: .reprocess(JobSpec())
        }
    }

    private var needsOptions: Bool { folder == .update }

    /// One that works.
    private var example: String {
        switch folder {
        case .retry, .cancel, .incoming: "Drop an empty file that has the name of a job, a video or an earlier drop"
        case .delete:
            "Drop an empty file that has the name of a video; with .hard behind it, or {\"hard_delete\": true} in a .json, it is gone for good"
        case .update:
            "Name the file like the video, for example youtube-dQw4w9WgXcQ.json, and put in it {\"title\": \"A better title\", \"tags\": [\"a\", \"b\"]}; or drop its corrected transcript as .srt, .vtt or .json"
        case .reprocess: "Name the file like the video, for example youtube-dQw4w9WgXcQ.json, and put in it {\"model_size\": \"base.en\"}"
        }
    }

    private func refuse(_ order: inout ControlOrder, _ reason: String, _ hint: String) -> ControlOrder {
        order.refused.append(.init(reason: reason, hint: hint))
        return order
    }

    /// Lines that name something; of a shortcut, its address.
    private static func lines(_ text: String, _ ending: String) -> [ControlOrder.Target] {
        TextDecoding.lines(text).enumerated().compactMap { index, line in
            var line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix("[") { return nil }
            if ending == "url" || ending == "desktop" {
                guard line.lowercased().hasPrefix("url="), let equals = line.firstIndex(of: "=") else { return nil }
                line = line[line.index(after: equals)...].trimmed
            }
            return ControlOrder.Target(text: line, line: index + 1)
        }
    }

    // MARK: Corrected transcripts

    private func readCaptions(_ claim: Claim, _ format: String, _ order: ControlOrder) -> ControlOrder {
        var order = order
        order.names += Self.withoutLanguage(order.names[1])
        order.namesOfCopy += order.namesOfCopy.flatMap(Self.withoutLanguage)
        let data: Data
        do {
            data = try FileSystem.read(claim.file, limit: Correction.sizeLimit)
        } catch {
            return refuse(&order, error.reason ?? error.description, "A corrected transcript has at most \(Correction.sizeLimit) bytes")
        }
        guard let text = TextDecoding.text(data), !data.isEmpty, !data.starts(with: Data("PK".utf8)) else {
            return refuse(
                &order, data.isEmpty ? "it is empty" : "it is no text, whatever its name says; perhaps the document of a word processor",
                "Save it as plain text in UTF-8 and drop it again")
        }
        if let place = CaptionCheck.unreadable(text), Correction(captions: data, format: format) != nil {
            return refuse(
                &order, "line \(place.line), \"\(place.text)\": no subtitle with two times that makes sense begins here",
                "A subtitle has its times on a line of their own, 00:01:02,000 --> 00:01:04,500, the earlier first, and no empty line inside"
            )
        }
        guard let correction = Correction(captions: data, format: format) else {
            return refuse(
                &order, "it is no \(format == "srt" ? "SubRip" : "WebVTT") file, or it holds no text",
                "Take transcript.\(format) of the video's bundle, correct it in any editor, and drop it named like the video")
        }
        order.wish = .correct(correction)
        return order
    }

    /// `talk` of `talk.en`.
    private static func withoutLanguage(_ name: String) -> [String] {
        let ending = DropName.fileExtension(name)
        return (2...3).contains(ending.count) ? [DropName.stem(name)] : []
    }

    /// The transcript that a JSON drop holds; `nil` if it holds other wishes.
    private static func transcript(_ claim: Claim) -> Data? {
        struct Marked: Decodable { var segments: JSONValue? }
        guard let data = try? FileSystem.read(claim.file, limit: Correction.sizeLimit),
            let marked = try? JSONDecoder().decode(Marked.self, from: data), marked.segments != nil
        else { return nil }
        return data
    }

    private func readTranscript(_ data: Data, _ order: ControlOrder) -> ControlOrder {
        var order = order
        do {
            order.wish = .correct(try Correction(json: data))
            return order
        } catch {
            return refuse(
                &order, "its segments are no transcript: \(JSONSpecParser.reason(error))",
                "Take transcript.json of the video's bundle, correct the texts in it, and drop it named like the video")
        }
    }

    // MARK: Options

    private func readOptions(_ text: String, isYAML: Bool, into order: inout ControlOrder) {
        let value: JSONValue
        do {
            value = isYAML ? try YAMLSpecParser.value(text) : try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        } catch {
            _ = refuse(
                &order, "it is not valid \(isYAML ? "YAML" : "JSON"): \(isYAML ? "\(error)" : JSONSpecParser.reason(error))", example)
            return
        }
        guard case .object(var object) = value else {
            // An earlier drop with several specs: its name says it all.
            if needsOptions { _ = refuse(&order, "it is \(value.typeName) where an object was expected", example) }
            return
        }
        if let targets = object.removeValue(forKey: "targets") {
            order.targets = Self.targets(targets, &order.refused)
            // Said outright: the drop's own name means nothing then.
            order.names = []
            order.namesOfCopy = []
        } else if object["url"] != nil || object["file"] != nil, !needsOptions {
            // An earlier spec: its name says it all.
            return
        }
        switch folder {
        case .retry, .cancel, .incoming: refuseUnknown(object, known: [], &order)
        case .delete:
            if let hard = object.removeValue(forKey: "hard_delete") {
                if case .bool(let flag) = hard {
                    if flag { order.wish = .delete(isHard: true) }
                } else {
                    _ = refuse(&order, "field \"hard_delete\": it is \(hard.typeName) where true or false was expected", example)
                }
            }
            refuseUnknown(object, known: ["hard_delete"], &order)
        case .update: readUpdate(object, &order)
        case .reprocess:
            let (spec, refused) = SpecReader.read(.object(object), only: Self.reprocessFields, example: example, models: models)
            order.wish = .reprocess(spec)
            order.refused += refused
        }
    }

    static let reprocessFields: Set<JobSpec.CodingKeys> = [
        .forceWhisper, .automaticCaptions, .modelSize, .language, .task, .hotwords, .initialPrompt, .channels, .replaceCorrected, .priority,
        .maxRetries, .computeType,
    ]

    private func readUpdate(_ object: [String: JSONValue], _ order: inout ControlOrder) {
        var object = object
        var edits = VideoEdits()
        // The three that are read as job specs have them; a description is a text that may be empty.
        var specFields: [String: JSONValue] = [:]
        for key in ["title", "tags", "language"] { specFields[key] = object.removeValue(forKey: key) }
        let (spec, refused) = SpecReader.read(.object(specFields), only: [.title, .tags, .language], example: example, models: models)
        order.refused += refused
        edits.title = spec.title
        edits.tags = spec.tags
        edits.language = spec.language
        switch object.removeValue(forKey: "description") {
        case .string(let text)?: edits.description = text
        case let other?: _ = refuse(&order, "field \"description\": it is \(other.typeName) where a text was expected", example)
        case nil: break
        }
        readSpeakers(object.removeValue(forKey: "speakers"), &edits, &order)
        let version = object.removeValue(forKey: "version")
        let deleted = object.removeValue(forKey: "deleted")
        refuseUnknown(object, known: ["title", "tags", "description", "language", "speakers", "version", "deleted"], &order)
        if let version {
            guard case .string(let id) = version, edits.isEmpty, deleted == nil else {
                _ = refuse(
                    &order, "field \"version\": it is no text, or stands beside other fields",
                    "For example {\"version\": \"20261125-101500-ab12cd34\"}; spoolscribe versions VIDEO lists them")
                return
            }
            order.wish = .version(id)
            return
        }
        switch deleted {
        case .bool(false)? where edits.isEmpty: order.wish = .restore
        case .bool(true)? where edits.isEmpty: order.wish = .delete(isHard: false)
        case .bool?: _ = refuse(&order, "field \"deleted\" stands beside other fields", "Restore first, then update with a drop of its own")
        case let other?: _ = refuse(&order, "field \"deleted\": it is \(other.typeName) where true or false was expected", example)
        case nil:
            order.wish = .update(edits)
            if edits.isEmpty, order.refused.isEmpty { _ = refuse(&order, "it changes nothing", example) }
        }
    }

    private func readSpeakers(_ value: JSONValue?, _ edits: inout VideoEdits, _ order: inout ControlOrder) {
        guard let value else { return }
        var names: [String: String] = [:]
        if case .object(let object) = value {
            for (label, name) in object { if case .string(let name) = name { names[label] = name.trimmed } }
            if names.count == object.count, !names.isEmpty {
                edits.speakers = names
                return
            }
        }
        _ = refuse(
            &order, "field \"speakers\": it is no object of labels and names",
            "For example {\"speakers\": {\"Speaker 1\": \"Ada Lovelace\"}}; an empty name takes a name away")
    }

    private func refuseUnknown(_ object: [String: JSONValue], known: [String], _ order: inout ControlOrder) {
        for key in object.keys.sorted() {
            let fields = (known + ["targets"]).sorted()
            let meant =
                NearestName.of(key, among: fields).map { "Did you mean \($0)?" } ?? "The fields are \(fields.joined(separator: ", "))."
            order.refused.append(
                .init(
                    text: key, reason: "field \"\(key)\": there is no such field",
                    hint: "\(meant) \(example)"))
        }
    }

    private static func targets(_ value: JSONValue, _ refused: inout [Receipt.Refusal]) -> [ControlOrder.Target] {
        switch value {
        case .string(let text): return [.init(text: text)]
        case .array(let values):
            return values.compactMap { element in
                if case .string(let text) = element { return .init(text: text) }
                refused.append(
                    .init(
                        text: "targets", reason: "field \"targets\": it holds \(element.typeName) where a text was expected",
                        hint: "For example {\"targets\": [\"youtube-dQw4w9WgXcQ\"]}"))
                return nil
            }
        default:
            refused.append(
                .init(
                    text: "targets", reason: "field \"targets\": it is \(value.typeName) where an array of texts was expected",
                    hint: "For example {\"targets\": [\"youtube-dQw4w9WgXcQ\"]}"))
            return []
        }
    }
}
