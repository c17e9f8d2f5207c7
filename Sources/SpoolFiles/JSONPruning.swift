import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// Takes what is not needed out of JSON text before it is decoded, which costs far more than looking for it.
enum JSONPruning {
    /// Empties every array that is the value of this name.
    ///
    /// What is damaged within such an array is not noticed; other text that is not JSON comes out as such.
    static func emptyingArrays(named name: String, in data: Data) -> Data {
        let key = Array(name.utf8)
        return data.withUnsafeBytes { bytes in
            var scanner = Scanner(bytes: bytes)
            var pruned = Data(capacity: bytes.count / 4)
            var kept = 0
            while scanner.skip(to: UInt8(ascii: "\"")) {
                let content = scanner.string()
                guard content.count == key.count, content.elementsEqual(key), scanner.skip(UInt8(ascii: ":")),
                    scanner.skip(UInt8(ascii: "["))
                else { continue }
                pruned.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[kept..<scanner.place]))
                scanner.skipArray()
                kept = scanner.place
            }
            pruned.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[kept...]))
            return pruned
        }
    }

    private struct Scanner {
        let bytes: UnsafeRawBufferPointer
        var place = 0

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

        /// White space, and this byte behind it.
        mutating func skip(_ byte: UInt8) -> Bool {
            while place < bytes.count, bytes[place] == 0x20 || (0x09...0x0D).contains(bytes[place]) { place += 1 }
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
            var oddQuotes: UInt8 = 0
            for byte in UnsafeRawBufferPointer(rebasing: bytes[place..<end]) { oddQuotes ^= byte == UInt8(ascii: "\"") ? 1 : 0 }
            // Otherwise it stands within a text.
            return oddQuotes == 0 ? end : nil
        }
    }
}
