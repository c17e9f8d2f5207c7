import Mustache

/// Escapes text for HTML and XML byte by byte. The engine's own way goes by characters, and lets a quotation mark with an accent on it
/// through. What may stand in neither of them (controls, noncharacters; HTML, "Preprocessing the input stream") becomes U+FFFD.
struct PageEscaping: MustacheContentType {
    /// By which templates ask for it.
    static let name = "SPOOLSCRIBE"

    func escapeText(_ text: String) -> String {
        Self.replacing(in: text) { byte in
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

    /// JSON as it may stand in a script element, which no `<` in it can end.
    static func script(_ json: String) -> String { replacing(in: json) { $0 == UInt8(ascii: "<") ? #"\u003c"# : nil } }

    private static func replacing(in text: String, _ entity: (UInt8) -> String?) -> String {
        var text = text
        return text.withUTF8 { bytes in
            suspects.withUnsafeBufferPointer { suspects in
                var escaped: [UInt8] = []
                var (kept, place) = (0, 0)
                while place < bytes.count {
                    guard suspects[Int(bytes[place])],
                        let (text, length) = entity(bytes[place]).map({ ($0, 1) }) ?? forbidden(bytes, place).map({ ("\u{FFFD}", $0) })
                    else {
                        place += 1
                        continue
                    }
                    escaped += bytes[kept..<place]
                    escaped += text.utf8
                    place += length
                    kept = place
                }
                return kept == 0 ? nil : String(decoding: escaped + bytes[kept...], as: UTF8.self)
            }
        } ?? text
    }

    /// By byte: with which characters begin that may have to be replaced. Most of a text is something else.
    private static let suspects = (UInt8.min...UInt8.max).map { byte in
        byte < 32 || byte == 127 || byte >= 0xC2 || "&<>\"'".utf8.contains(byte)
    }

    /// The bytes of a character that must not be here; `nil` if it may.
    private static func forbidden(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int? {
        switch bytes[place] {
        case 9, 10, 13: nil
        case 0..<32, 127: 1
        // U+0080 to U+009F.
        case 0xC2 where bytes[place + 1] < 0xA0: 2
        // U+FDD0 to U+FDEF, U+FFFE and U+FFFF.
        case 0xEF where bytes[place + 1] == 0xB7 && (0x90...0xAF).contains(bytes[place + 2]): 3
        case 0xEF where bytes[place + 1] == 0xBF && bytes[place + 2] >= 0xBE: 3
        // The last two of each other plane.
        case 0xF0...0xF4 where bytes[place + 1] & 0x0F == 0x0F && bytes[place + 2] == 0xBF && bytes[place + 3] >= 0xBE: 4
        default: nil
        }
    }
}
