import SpoolFiles
import SystemPackage

/// A dropped file, or a folder dropped in whole, that nobody writes any more.
public struct ReadyFile: Sendable, Hashable {
    public let place: DropPlace
    public let path: FilePath

    public init(place: DropPlace, path: FilePath) {
        self.place = place
        self.path = path
    }

    /// The name under which it is kept and answered.
    public var name: String { path.lastComponent.map(DropName.text) ?? "" }
}
