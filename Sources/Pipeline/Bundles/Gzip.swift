import CZlib
import FoundationEssentials

/// Data as a gzip file (RFC 1952).
enum Gzip {
    static func compress(_ data: Data) -> Data {
        var stream = z_stream()
        let begun = zlib_begin_gzip(&stream)
        precondition(begun == Z_OK, "zlib has no memory")
        defer { deflateEnd(&stream) }
        var result = Data(count: Int(deflateBound(&stream, UInt(data.count))))
        // The bound is for the whole: one call does it all.
        let ending = data.withUnsafeBytes { input in
            result.withUnsafeMutableBytes { output in
                stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(output.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        precondition(ending == Z_STREAM_END, "zlib gave \(ending) with room for all")
        result.count = Int(stream.total_out)
        return result
    }
}
