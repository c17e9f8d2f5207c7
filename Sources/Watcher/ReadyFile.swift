import SpoolFiles
import SystemPackage

/// A dropped file that is whole.
public struct ReadyFile: Sendable, Hashable {
    public let folder: ControlFolder
    public let path: FilePath

    public init(folder: ControlFolder, path: FilePath) {
        self.folder = folder
        self.path = path
    }

    public var name: String { path.lastComponent?.string ?? "" }
}
