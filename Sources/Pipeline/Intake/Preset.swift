import SpoolFiles

/// The section `presets` of the settings: for each folder `incoming/<preset>/` the values that its jobs get.
public enum Presets {
    /// What a preset may set.
    static let fields: Set<JobSpec.CodingKeys> = [
        .priority, .forceWhisper, .modelSize, .language, .task, .hotwords, .includeComments, .maxComments, .keepVideo, .maxRetries, .tags,
        .automaticCaptions, .maxItems, .follow, .initialPrompt, .channels, .computeType,
    ]

    /// Why the section cannot be used.
    public struct Refused: Error, Sendable {
        public let reason: String
        public let hint: String
    }

    /// - Parameter yaml: the text of the settings file.
    /// - Returns: the presets by their names; none if there is no such section.
    public static func read(yaml: String) throws(Refused) -> [String: JobSpec] {
        let root: JSONValue
        do {
            // Written by whoever runs the daemon: its comments may have as many stars as they like.
            root = try YAMLSpecParser.value(yaml, aliasLimit: .max)
        } catch let error as YAMLSpecParser.Refused where error == .empty {
            return [:]
        } catch {
            throw Refused(reason: "the presets cannot be read: \(error)", hint: example)
        }
        guard case .object(let sections) = root, let section = sections["presets"], section != .null else { return [:] }
        guard case .object(let presets) = section else {
            throw Refused(reason: "presets is \(section.typeName) where a preset for each name was expected", hint: example)
        }
        var result: [String: JobSpec] = [:]
        for (name, value) in presets.sorted(by: { $0.key < $1.key }) {
            guard DropPlace.isPresetName(name) else {
                throw Refused(
                    reason: "the preset \"\(name)\" cannot be the name of a folder",
                    hint: "A preset's name has up to 64 letters, digits, hyphens and underscores")
            }
            let (spec, refused) = SpecReader.read(
                value == .null ? .object([:]) : value, only: fields, example: example, models: nil)
            if let refusal = refused.first { throw Refused(reason: "preset \(name): \(refusal.reason)", hint: refusal.hint ?? example) }
            result[name] = spec
        }
        return result
    }

    private static let example = "For example presets: {interviews: {language: en, priority: 3}}"
}
