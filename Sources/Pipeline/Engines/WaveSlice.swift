import FoundationEssentials
import SpoolFiles
import SystemPackage

/// A piece of a sound that the extraction wrote, as a file of its own in memory.
enum WaveSlice {
    /// - Parameters: seconds; cut to what is there.
    static func data(_ path: FilePath, from start: Double, to end: Double) throws(SpoolError) -> Data {
        do {
            let file = try FileSystem.openRegular(path)
            defer { try? file.close() }
            let rate = Double(SpeechWriter.sampleRate)
            let first = SpeechWriter.headerLength + Int64((start * rate).rounded()) * 2
            var samples = Data(count: Int((max(end - start, 0) * rate).rounded()) * 2)
            var filled = 0
            try samples.withUnsafeMutableBytes { buffer in
                while filled < buffer.count {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                    let count = try file.read(fromAbsoluteOffset: first + Int64(filled), into: rest)
                    if count == 0 { break }
                    filled += count
                }
            }
            return Data(SpeechWriter.header(samples: Int64(filled / 2))) + samples.prefix(filled / 2 * 2)
        } catch let error as SpoolError {
            throw error
        } catch {
            throw SpoolError("read", path, errno: error as? Errno)
        }
    }
}
