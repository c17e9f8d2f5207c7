import CFFmpeg
import SpoolFiles

/// A call of libav that failed.
struct MediaError: Error {
    let operation: String
    let code: Int32

    /// libav's own words for the code.
    var reason: String {
        var buffer = [CChar](repeating: 0, count: 128)
        av_strerror(code, &buffer, buffer.count)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Passes a result that is not negative, and throws for one that is.
    @discardableResult
    static func check(_ code: Int32, _ operation: String) throws -> Int32 {
        guard code < 0 else { return code }
        throw MediaError(operation: operation, code: code)
    }

    var failure: Failure {
        switch code {
        case -12:  // ENOMEM
            Failure(
                .permanent, "memory_limit", "the recording needs more memory than allowed to \(operation)",
                hint: "It may be damaged; raise extraction.memory if it is not")
        case -28: Failure(.local, "disk_full", "the disk is full: could not \(operation)", hint: "Free some disk space")
        default:
            Failure(.permanent, "damaged", "the recording is damaged: could not \(operation): \(reason)", hint: "Try a fresh copy of it")
        }
    }
}
