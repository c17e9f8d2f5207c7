import SpoolFiles
import SystemPackage

/// Looks at a dropped folder as a whole.
struct FolderLook {
    /// Deeper folders are not looked into; nobody drops such, and a loop of mounts must end.
    private static let depthLimit = 32

    /// Changes whenever something in the folder does.
    private(set) var look = SettledFileTracker<FilePath>.Look(size: 0, modified: 0)
    private(set) var writers = WriterCheck.Answer.free
    private let ask: (FilePath) -> WriterCheck.Answer

    /// - Parameter writers: asked for every file in it.
    init(_ path: FilePath, writers: @escaping (FilePath) -> WriterCheck.Answer) {
        ask = writers
        add(path, depth: 0)
    }

    private mutating func add(_ path: FilePath, depth: Int) {
        guard let attributes = FileSystem.attributes(of: path) else { return }
        // One for the name itself, so that an empty file counts.
        look.size &+= attributes.size &+ 1
        look.modified = max(look.modified, attributes.modified)
        if attributes.kind == .folder, depth < Self.depthLimit {
            for name in (try? FileSystem.list(path)) ?? [] { add(path.appending(name), depth: depth + 1) }
        } else if attributes.kind == .file, writers != .held {
            switch ask(path) {
            case .free: break
            case .held: writers = .held
            case .unknown: writers = .unknown
            }
        }
    }
}
