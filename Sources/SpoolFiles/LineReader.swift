import FoundationEssentials
import SystemPackage

/// Reads a file of lines piece by piece: memory does not grow with the file.
public enum LineReader {
    /// Bytes that a line may have.
    private static let lineLimit = 16 << 20

    /// Calls `body` with each line that is not empty, without its line feed, and the place in the file behind it.
    /// - Parameter offset: the place at which to begin; the start of a line.
    /// - Throws: what `body` throws, and `SpoolError` if the file cannot be read.
    public static func forEach(_ path: FilePath, from offset: Int64 = 0, _ body: (_ line: Data, _ end: Int64) throws -> Void) throws {
        let file: FileDescriptor
        do {
            file = try FileSystem.openRegular(path)
            try file.seek(offset: offset, from: .start)
        } catch {
            throw SpoolError("read", path, errno: error as? Errno)
        }
        defer { try? file.close() }
        var rest = Data()
        var place = offset
        try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { piece in
            while true {
                let count = try file.read(into: piece)
                if count == 0 { break }
                rest.append(contentsOf: piece[..<count])
                guard rest.count <= lineLimit else { throw SpoolError("read", path, reason: "a line has more than \(lineLimit) bytes") }
                var start = rest.startIndex
                while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                    place += Int64(end + 1 - start)
                    if end > start { try body(rest[start..<end], place) }
                    start = end + 1
                }
                rest = Data(rest[start...])
            }
            if !rest.isEmpty { try body(rest, place + Int64(rest.count)) }
        }
    }
}
