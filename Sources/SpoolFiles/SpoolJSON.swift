import FoundationEssentials
import SystemPackage

/// How every JSON file of the spool is written and read: sorted keys, indented, slashes as they are, UTF-8.
public enum SpoolJSON {
    /// The text of one file, with a final line feed.
    public static func data(_ value: some Encodable) -> Data {
        encode(value, [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted])
    }

    /// The text of one line of a JSON-lines file, with its line feed.
    public static func line(_ value: some Encodable) -> Data {
        encode(value, [.sortedKeys, .withoutEscapingSlashes])
    }

    public static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        try JSONDecoder().decode(type, from: data)
    }

    /// Bytes of the longest file: the transcript of a hundred hours of speech.
    private static let limit: Int64 = 1 << 30

    /// Reads and decodes one file.
    /// - Parameter prepare: makes of the file's text what is decoded.
    /// - Throws: `SpoolError`.
    public static func read<Value: Decodable>(
        _ type: Value.Type, at path: FilePath, preparedBy prepare: (Data) -> Data = { $0 }
    ) throws -> Value {
        let data = prepare(try FileSystem.read(path, limit: limit))
        do {
            return try decode(type, from: data)
        } catch {
            throw SpoolError("understand", path, reason: String(describing: error))
        }
    }

    private static func encode(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        do {
            var data = try encoder.encode(value)
            data.append(UInt8(ascii: "\n"))
            return data
        } catch {
            // Only a number that is not finite cannot be encoded, and the formats here hold none.
            preconditionFailure("\(type(of: value)) cannot be written as JSON: \(error)")
        }
    }
}
