import SpoolFiles

/// Addresses as they may stand in an attribute of a page: ASCII only, everything else percent-encoded.
package enum PageLink {
    /// A relative path of ours.
    package static func path(_ text: String) -> String { encoded(text, alsoAllowed: "/") }

    /// An address from outside; `nil` unless it is http or https.
    static func web(_ text: String?) -> String? {
        guard let text, text.hasPrefix("https://") || text.hasPrefix("http://") else { return nil }
        return encoded(text, alsoAllowed: "/:?#[]@!$&()*+,;=%")
    }

    private static func encoded(_ text: String, alsoAllowed: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            let isPlain =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._~".utf8.contains(byte)
            if isPlain || alsoAllowed.utf8.contains(byte) {
                result.append(byte)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += (digits.count == 1 ? "%0\(digits)" : "%\(digits)").utf8
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
