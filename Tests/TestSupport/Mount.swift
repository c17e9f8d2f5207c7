import Foundation
import SpoolFiles
import SystemPackage

/// A small file system of a test's own, as only root may mount.
public final class Mount: Sendable {
    public let path: FilePath

    /// Whether this user may mount at all.
    public static var isPossible: Bool { geteuid() == 0 }

    /// - Parameter megabytes: its size.
    public init(at path: FilePath, megabytes: Int) async throws {
        self.path = path
        try FileSystem.makeFolder(path)
        try await Tool.run("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=755", "tmpfs", path.string])
    }

    /// Another folder's contents.
    public init(of folder: FilePath, at path: FilePath) async throws {
        self.path = path
        try FileSystem.makeFolder(path)
        try await Tool.run("mount", ["--bind", folder.string, path.string])
    }

    public func setReadOnly(_ isReadOnly: Bool) async throws {
        try await Tool.run("mount", ["-o", "remount,\(isReadOnly ? "ro" : "rw")", path.string])
    }

    /// Takes it away, although files in it are open.
    public func detach() async throws { try await Tool.run("umount", ["-l", path.string]) }

    deinit {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/umount")
        process.arguments = ["-l", "-q", path.string]
        try? process.run()
        process.waitUntilExit()
    }
}
