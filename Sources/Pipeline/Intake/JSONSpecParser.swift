import FoundationEssentials
import SpoolFiles

/// A job spec, or an array of them, as JSON; or one a line as JSON lines.
enum JSONSpecParser {
    static func parse(_ text: String, models: [String]) -> ParsedDrop {
        do {
            return specs(try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)), models: models)
        } catch {
            return .refused("it is not valid JSON: \(reason(error))", example)
        }
    }

    static func parseLines(_ text: String, models: [String]) -> ParsedDrop {
        var drop = ParsedDrop()
        for (index, line) in TextDecoding.lines(text).enumerated() where !line.trimmed.isEmpty {
            do {
                let value = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
                SpecReader.read(value, name: nil, line: index + 1, models: models, into: &drop)
            } catch {
                drop.refused.append(
                    .init(line: index + 1, text: String(line), reason: "it is not valid JSON: \(reason(error))", hint: example))
            }
        }
        return drop.jobs.isEmpty && drop.refused.isEmpty ? .refused("there is no job spec in it", example) : drop
    }

    /// One spec or an array of them, as any format gives them.
    static func specs(_ value: JSONValue, models: [String]) -> ParsedDrop {
        switch value {
        case .array(let values) where values.isEmpty: return .refused("the array holds no job spec", example)
        case .array(let values):
            var drop = ParsedDrop()
            for (index, value) in values.enumerated() { SpecReader.read(value, name: "spec \(index + 1)", models: models, into: &drop) }
            return drop
        default:
            var drop = ParsedDrop()
            SpecReader.read(value, name: nil, models: models, into: &drop)
            return drop
        }
    }

    static let example = "A spec that works: {\"url\": \"https://example.org/talk.mp4\", \"priority\": 3, \"language\": \"en\"}"

    static func reason(_ error: any Error) -> String {
        if let error = error as? JSONValue.TooDeep { return error.description }
        func place(_ path: [any CodingKey]) -> String {
            path.reduce("") { $0 + ($1.intValue.map { "[\($0)]" } ?? ($0.isEmpty ? "" : ".") + $1.stringValue) }
        }
        switch error as? DecodingError {
        case .typeMismatch(let type, let context)?:
            let wanted = type == Double.self || type == Int.self ? "a number" : type == String.self ? "a text" : "of that kind"
            return "\(place(context.codingPath)) is not \(wanted)"
        case .valueNotFound(_, let context)?: return "\(place(context.codingPath)) is empty"
        case .keyNotFound(let key, let context)?: return "\(place(context.codingPath + [key])) is missing"
        default: break
        }
        guard case .dataCorrupted(let context) = error as? DecodingError else { return "\(error)" }
        if let reason = (context.underlyingError as? any CustomStringConvertible)?.description { return reason }
        // The library's general sentence says no more than ours.
        return context.debugDescription == "The given data was not valid JSON."
            ? "a quote, comma or bracket is missing or too many" : context.debugDescription
    }
}
