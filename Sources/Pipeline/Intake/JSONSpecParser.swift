import FoundationEssentials
import SpoolFiles

/// A job spec, or an array of them, as JSON.
enum JSONSpecParser {
    static func parse(_ data: Data) -> ParsedDrop {
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: data)
        } catch {
            return .refused("it is not valid JSON: \(reason(error))", example)
        }
        switch value {
        case .array(let values) where values.isEmpty: return .refused("the array holds no job spec", example)
        case .array(let values):
            var drop = ParsedDrop()
            for (index, value) in values.enumerated() { SpecReader.read(value, name: "spec \(index + 1)", into: &drop) }
            return drop
        default:
            var drop = ParsedDrop()
            SpecReader.read(value, name: nil, into: &drop)
            return drop
        }
    }

    static let example = "A spec that works: {\"url\": \"https://example.org/talk.mp4\", \"priority\": 3, \"language\": \"en\"}"

    private static func reason(_ error: any Error) -> String {
        guard case .dataCorrupted(let context) = error as? DecodingError else { return "\(error)" }
        return (context.underlyingError as? any CustomStringConvertible)?.description ?? context.debugDescription
    }
}
