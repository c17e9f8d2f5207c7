import SpoolFiles

/// The fields of an object from outside, of which one of another type than expected counts as absent.
struct LenientFields {
    private let container: KeyedDecodingContainer<Name>

    /// - Throws: if it is no object.
    init(_ decoder: any Decoder) throws { container = try decoder.container(keyedBy: Name.self) }

    subscript<Value: Decodable>(_ name: String) -> Value? { try? container.decodeIfPresent(Value.self, forKey: Name(name)) }

    /// A text without control characters, which would drive terminals; one of white space alone counts as absent.
    subscript(_ name: String) -> String? {
        guard let text = try? container.decodeIfPresent(String.self, forKey: Name(name)) else { return nil }
        let harmless = text.harmless
        return harmless.trimmed.isEmpty ? nil : harmless
    }

    /// Texts as `subscript` gives them, without what is none.
    func texts(_ name: String) -> [String]? {
        (self[name] as [Lenient<String>]?)?.compactMap { $0.value?.harmless }.filter { !$0.trimmed.isEmpty }
    }

    /// A whole number from 0, written as 12 or as 12.0.
    func count(_ name: String) -> Int? { (self[name] as Double?).flatMap { $0 >= 0 ? Int(exactly: $0.rounded()) : nil } }

    /// - Throws: if it is absent or of another type.
    func require<Value: Decodable>(_ name: String) throws -> Value { try container.decode(Value.self, forKey: Name(name)) }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

/// A value that is `nil` where it is not what was expected, so that one bad element does not spoil the others.
struct Lenient<Value: Decodable & Sendable>: Decodable, Sendable {
    let value: Value?

    init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
}
