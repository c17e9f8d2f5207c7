#if canImport(Glibc)
    import Glibc
#endif

/// Goes through JSON text without understanding all of it.
struct JSONScanner {
    let bytes: UnsafeRawBufferPointer
    var place = 0

    /// The next one; `nil` at the end.
    var byte: UInt8? { place < bytes.count ? bytes[place] : nil }

    /// - Returns: whether there is one; the place is on it, or at the end.
    mutating func skip(to byte: UInt8) -> Bool {
        place = next(byte, before: bytes.count) ?? bytes.count
        return place < bytes.count
    }

    /// Where the next one is.
    private func next(_ byte: UInt8, before end: Int) -> Int? {
        guard let start = bytes.baseAddress, let found = memchr(start + place, Int32(byte), end - place) else { return nil }
        return UnsafeRawPointer(found) - start
    }

    /// From its opening quotation mark to behind the closing one.
    /// - Returns: what stands between.
    mutating func string() -> Slice<UnsafeRawBufferPointer> {
        place += 1
        let start = place
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") { place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1 }
        let end = min(place, bytes.count)
        place = min(place + 1, bytes.count)
        return bytes[start..<end]
    }

    /// White space, and a text behind it.
    /// - Returns: `nil` if there is none, or something is escaped in it.
    mutating func plainText() -> String? {
        guard skip(UInt8(ascii: "\"")) else { return nil }
        place -= 1
        let content = string()
        guard bytes[place - 1] == UInt8(ascii: "\""), content.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\\") }) else { return nil }
        return String(validating: content, as: UTF8.self)
    }

    /// White space, and a number behind it.
    /// - Returns: `nil` if there is none, or not one as JSON writes it (RFC 8259, section 6).
    mutating func number() -> Double? {
        skipSpace()
        let start = place
        func isDigit(_ byte: UInt8?) -> Bool { byte.map((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) ?? false }
        while isDigit(byte) || byte.map("+-.eE".utf8.contains) ?? false { place += 1 }
        let text = bytes[start..<place]
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
        guard isDigit(digits.first), isDigit(digits.last),
            // What Swift reads and JSON does not know: zeros in front, and a point with no digit behind it.
            digits.first != UInt8(ascii: "0") || !isDigit(digits.dropFirst().first),
            text.firstIndex(of: UInt8(ascii: ".")).map({ isDigit(bytes[$0 + 1]) }) ?? true,
            let number = Double(String(decoding: text, as: UTF8.self))
        else { return nil }
        return number.isFinite ? number : nil
    }

    private mutating func skipSpace() {
        while let byte, [0x20, 0x0A, 0x09, 0x0D].contains(byte) { place += 1 }
    }

    /// White space, and this byte behind it.
    mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard place < bytes.count, bytes[place] == byte else { return false }
        place += 1
        return true
    }

    /// From behind the opening bracket to the closing one.
    mutating func skipArray() {
        if let end = endOfPlainArray {
            place = end
            return
        }
        var depth = 1
        // A local variable, since most of the file passes here.
        var here = place
        defer { place = here }
        while here < bytes.count {
            let byte = bytes[here]
            if byte == UInt8(ascii: "\"") {
                place = here
                _ = string()
                here = place
                continue
            }
            if byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: "]") { depth -= 1 }
            if depth == 0 { return }
            here += 1
        }
    }

    /// The next closing bracket, if it is certain without a closer look that the array ends there: most hold objects of
    /// numbers and plain words, and are most of a file.
    private var endOfPlainArray: Int? {
        guard let end = next(UInt8(ascii: "]"), before: bytes.count), next(UInt8(ascii: "["), before: end) == nil,
            next(UInt8(ascii: "\\"), before: end) == nil
        else { return nil }
        var quotes = 0
        for byte in UnsafeRawBufferPointer(rebasing: bytes[place..<end]) { quotes &+= byte == UInt8(ascii: "\"") ? 1 : 0 }
        // Otherwise it stands within a text.
        return quotes.isMultiple(of: 2) ? end : nil
    }
}
