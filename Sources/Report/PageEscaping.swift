import Mustache

/// Escapes text for HTML and XML byte by byte. The engine's own way goes by characters, and lets a quotation mark with an accent on it
/// through. What may stand in neither of them (controls, noncharacters; HTML, "Preprocessing the input stream") becomes U+FFFD.
struct PageEscaping: MustacheContentType {
    /// By which templates ask for it.
    static let name = "SPOOLSCRIBE"

    func escapeText(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            guard let first = bytes.indices.first(where: { Self.replacement(bytes, $0) != nil }) else { return nil }
            var escaped = [UInt8](bytes[..<first])
            escaped.reserveCapacity(bytes.count + bytes.count / 8 + 16)
            var place = first
            while place < bytes.count {
                if let (entity, length) = Self.replacement(bytes, place) {
                    escaped += entity.utf8
                    place += length
                } else {
                    escaped.append(bytes[place])
                    place += 1
                }
            }
            return String(decoding: escaped, as: UTF8.self)
        } ?? text
    }

    /// What stands in the place of so many bytes; `nil` if the byte may stay.
    private static func replacement(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int) -> (entity: String, length: Int)? {
        let byte = bytes[place]
        switch byte {
        case UInt8(ascii: "&"): return ("&amp;", 1)
        case UInt8(ascii: "<"): return ("&lt;", 1)
        case UInt8(ascii: ">"): return ("&gt;", 1)
        case UInt8(ascii: "\""): return ("&quot;", 1)
        case UInt8(ascii: "'"): return ("&#39;", 1)
        case 9, 10: return nil
        case 0..<32, 127: return ("\u{FFFD}", 1)
        // U+0080 to U+009F.
        case 0xC2 where bytes[place + 1] < 0xA0: return ("\u{FFFD}", 2)
        // U+FDD0 to U+FDEF, U+FFFE and U+FFFF.
        case 0xEF where bytes[place + 1] == 0xB7 && (0x90...0xAF).contains(bytes[place + 2]): return ("\u{FFFD}", 3)
        case 0xEF where bytes[place + 1] == 0xBF && bytes[place + 2] >= 0xBE: return ("\u{FFFD}", 3)
        // The last two of each other plane.
        case 0xF0...0xF4 where bytes[place + 1] & 0x0F == 0x0F && bytes[place + 2] == 0xBF && bytes[place + 3] >= 0xBE:
            return ("\u{FFFD}", 4)
        default: return nil
        }
    }
}
