import Crypto
import Foundation

/// A short name for everything that a page is made from: another digest, another page. The same in every process.
struct SourceDigest {
    private var hash = SHA256()

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        // So that "ab" and "c" are not "a" and "bc".
        hash.update(data: [0])
    }

    mutating func add(_ data: Data) { hash.update(data: data) }

    mutating func add(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { hash.update(bufferPointer: $0) }
    }

    /// What others were made from.
    mutating func add(_ sources: [UInt64]) { sources.withUnsafeBytes { hash.update(bufferPointer: $0) } }

    /// A digest of what we have made ourselves, for very many: FNV-1a, 64 bits.
    static func quick(_ text: String, _ first: Int64, _ second: Int64) -> UInt64 {
        let prime: UInt64 = 0x100_0000_01b3
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* prime }
        for number in [first, second] {
            for shift in stride(from: 0, to: 64, by: 8) { hash = (hash ^ UInt64(truncatingIfNeeded: number >> shift) & 0xff) &* prime }
        }
        return max(1, hash)
    }

    /// Never 0, which stands for a page of which nothing is known.
    func finish() -> UInt64 {
        let number = hash.finalize().withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        return max(1, UInt64(littleEndian: number))
    }
}
