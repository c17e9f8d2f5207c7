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

    /// Never 0, which stands for a page of which nothing is known.
    func finish() -> UInt64 {
        let number = hash.finalize().withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        return max(1, UInt64(littleEndian: number))
    }
}
