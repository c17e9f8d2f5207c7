import FoundationEssentials

/// Takes what is not needed out of JSON text before it is decoded, which costs far more than looking for it.
enum JSONPruning {
    /// Empties every array that is the value of this name.
    ///
    /// What is damaged within such an array is not noticed; other text that is not JSON comes out as such.
    static func emptyingArrays(named name: String, in data: Data) -> Data {
        let key = Array(name.utf8)
        return data.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes: bytes)
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
}
