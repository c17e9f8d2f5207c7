import SpoolFiles
import Yams

/// A job spec, or a sequence of them, as YAML.
enum YAMLSpecParser {
    static func parse(_ text: String, models: [String]) -> ParsedDrop {
        do {
            return JSONSpecParser.specs(try value(text), models: models)
        } catch {
            return .refused("it is not valid YAML: \(error)", "A spec that works: url: https://example.org/talk.mp4")
        }
    }

    /// The text as the same values that JSON would give.
    /// - Parameter aliasLimit: how many aliases, `*name`, a text of unknown origin may have.
    /// - Throws: `Refused`, or the library's error with line and column.
    static func value(_ text: String, aliasLimit: Int = 16) throws -> JSONValue {
        // The library reads by recursion: what is nested too deep must not reach it.
        guard YAMLDepth.isBearable(text) else { throw Refused(description: JSONValue.TooDeep().description) }
        // It also compares keys by all that they stand for, before anything can be counted here.
        guard YAMLDepth.aliases(in: text) <= aliasLimit else {
            throw Refused(description: "it stands for too many values: it has more than \(aliasLimit) aliases")
        }
        guard let node = try compose(yaml: text) else { throw Refused.empty }
        var budget = 200_000
        return try value(node, depth: 0, &budget)
    }

    struct Refused: Error, CustomStringConvertible, Hashable {
        let description: String
        static let empty = Refused(description: "there is nothing in it")
    }

    /// - Parameter budget: values that may still be made: aliases can make a short text mean a vast one.
    private static func value(_ node: Node, depth: Int, _ budget: inout Int) throws -> JSONValue {
        budget -= 1
        guard budget > 0 else { throw Refused(description: "it stands for too many values") }
        guard depth <= JSONValue.depthLimit else { throw Refused(description: JSONValue.TooDeep().description) }
        switch node {
        case .scalar(let scalar): return self.scalar(scalar, node)
        case .sequence(let sequence): return .array(try sequence.map { try value($0, depth: depth + 1, &budget) })
        case .mapping(let mapping):
            var object: [String: JSONValue] = [:]
            for (key, element) in mapping {
                guard let name = key.string else { throw Refused(description: "a field's name is not a text") }
                object[name] = try value(element, depth: depth + 1, &budget)
            }
            return .object(object)
        case .alias: throw Refused(description: "an alias stands for nothing")
        }
    }

    /// What is quoted is a text, whatever it looks like.
    private static func scalar(_ scalar: Node.Scalar, _ node: Node) -> JSONValue {
        guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
        if node.null != nil { return .null }
        if let flag = node.bool { return .bool(flag) }
        if let number = node.int { return .integer(number) }
        if let number = node.float { return .number(number) }
        return .string(scalar.string)
    }
}

/// An upper bound of how deep a YAML text can be nested, found without reading it.
enum YAMLDepth {
    private static let limit = 200

    /// An upper bound of the aliases, `*name`: each may stand for all that another one does.
    static func aliases(in text: String) -> Int {
        var previous: Character = "\n"
        var count = 0
        for character in text {
            if character == "*", previous.isWhitespace || "-?:,[{".contains(previous) { count += 1 }
            previous = character
        }
        return count
    }

    static func isBearable(_ text: String) -> Bool {
        var brackets = 0
        for line in TextDecoding.lines(text) {
            let bytes = line.utf8
            // Each level of a block takes a column at least; `- - -` and `? ? ?` begin several in one line.
            let indentation = bytes.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "?") }.count
            brackets += bytes.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
            brackets -= bytes.count { $0 == UInt8(ascii: "]") || $0 == UInt8(ascii: "}") }
            brackets = max(0, brackets)
            let inLine = bytes.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
            if indentation + brackets + inLine > limit { return false }
        }
        return true
    }
}
