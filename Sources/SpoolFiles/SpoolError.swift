import SystemPackage

/// A file operation in the spool that failed: which one, where, why, and what to do.
public struct SpoolError: Error, CustomStringConvertible, Sendable {
    /// What was attempted, as a verb with its object: "write the receipt".
    public let operation: String
    public let path: FilePath
    /// The system's reason, where the system gave one.
    public let errno: Errno?
    /// The reason where it is ours.
    public let reason: String?
    /// What a person can do about it.
    public let hint: String?

    public init(_ operation: String, _ path: FilePath, errno: Errno? = nil, reason: String? = nil, hint: String? = nil) {
        self.operation = operation
        self.path = path
        self.errno = errno
        self.reason = reason
        self.hint = hint ?? errno.flatMap(Self.hint(for:))
    }

    public var description: String {
        var text = "could not \(operation) \(path.string)"
        if let reason { text += ": \(reason)" } else if let errno { text += ": \(errno)" }
        if let hint { text += ". \(hint)" }
        return text
    }

    private static func hint(for errno: Errno) -> String? {
        switch errno {
        case .noSpace: "Free some disk space; work goes on by itself"
        case .permissionDenied, .notPermitted: "Check owner and mode of the folder; the daemon's user must be able to write there"
        case .readOnlyFileSystem: "The file system is mounted read-only; remount it writable"
        default: nil
        }
    }
}
