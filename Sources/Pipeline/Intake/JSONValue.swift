/// Any JSON, with its types kept apart, so that an error can name them.
enum JSONValue: Decodable, Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Deeper values are refused: nothing that is asked for here is so deep, and reading them would take the stack.
    static let depthLimit = 32

    struct TooDeep: Error, CustomStringConvertible {
        let description = "it is nested more than \(JSONValue.depthLimit) levels deep"
    }

    init(from decoder: any Decoder) throws {
        guard decoder.codingPath.count <= Self.depthLimit else { throw TooDeep() }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if var list = try? decoder.unkeyedContainer() {
            // Read one by one, so that what is wrong inside is not taken for "no array".
            var values: [JSONValue] = []
            while !list.isAtEnd { values.append(try list.decode(JSONValue.self)) }
            self = .array(values)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// The type's name for people.
    var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer: "a whole number"
        case .number: "a number"
        case .string: "a text"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
