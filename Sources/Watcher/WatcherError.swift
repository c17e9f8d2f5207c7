import SystemPackage

/// Why a folder cannot be watched.
public struct WatcherError: Error, Sendable, CustomStringConvertible {
    public let folder: FilePath
    public let reason: String
    public let hint: String

    public init(folder: FilePath, reason: String, hint: String) {
        self.folder = folder
        self.reason = reason
        self.hint = hint
    }

    public var description: String { "cannot watch \(folder.string): \(reason). \(hint)" }
}
