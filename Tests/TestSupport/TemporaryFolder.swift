import Foundation
import SpoolFiles
import SystemPackage

/// A folder of one test's own, removed with it.
public final class TemporaryFolder: Sendable {
    public let path: FilePath

    public init() throws {
        path = FilePath(FileManager.default.temporaryDirectory.path).appending("spoolscribe-test-\(UUID().uuidString)")
        try FileSystem.makeFolder(path)
    }

    deinit { try? FileSystem.remove(path) }

    @discardableResult
    public func write(_ text: String, to name: String) throws -> FilePath { try write(Data(text.utf8), to: name) }

    @discardableResult
    public func write(_ data: Data, to name: String) throws -> FilePath {
        let target = path.appending(name)
        try FileSystem.makeFolder(target.removingLastComponent(), below: path)
        try data.write(to: URL(fileURLWithPath: target.string))
        return target
    }
}
