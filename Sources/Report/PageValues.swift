import Mustache

/// Values for a template. The engine asks at every tag what kind of thing each value is, and of a class that is found out sooner than of
/// a dictionary.
final class PageValues: MustacheParent {
    private let values: [String: Any]

    init(_ values: [String: Any]) { self.values = values.mapValues(Self.prepared) }

    func child(named name: String) -> Any? { values[name] }

    private static func prepared(_ value: Any) -> Any {
        switch value {
        case let values as [String: Any]: PageValues(values)
        case let list as [[String: Any]]: list.map(PageValues.init)
        default: value
        }
    }
}

/// Escapes text for HTML byte by byte. The engine's own way goes by characters, and lets a quotation mark with an accent on it through.
struct PageEscaping: MustacheContentType {
    /// By which templates ask for it.
    static let name = "SPOOLSCRIBE"

    func escapeText(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            guard let first = bytes.firstIndex(where: { Self.entity($0) != nil }) else { return nil }
            var escaped = [UInt8](bytes[..<first])
            escaped.reserveCapacity(bytes.count + bytes.count / 8 + 16)
            for byte in bytes[first...] {
                if let entity = Self.entity(byte) { escaped += entity.utf8 } else { escaped.append(byte) }
            }
            return String(decoding: escaped, as: UTF8.self)
        } ?? text
    }

    private static func entity(_ byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}
