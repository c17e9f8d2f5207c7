import CLinux
import FoundationEssentials
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// The right to be the one daemon of a spool. The kernel gives it back when the process ends, however it ends.
public final class SpoolLock: Sendable {
    private let file: FileDescriptor

    /// Takes the lock.
    /// - Throws: `SpoolError` that names the holder if another daemon has it.
    public init(_ path: FilePath) throws(SpoolError) {
        // Open for reading only, so that whoever must make the file system read-only can; NFS wants it open for writing.
        do {
            file = try Self.locked(path, .readOnly)
        } catch .badFileDescriptor {
            do {
                file = try Self.locked(path, .readWrite)
            } catch {
                throw Self.explained(error, path)
            }
        } catch {
            throw Self.explained(error, path)
        }
        let text = "process \(ProcessInfo.processInfo.processIdentifier) on \(Self.hostName()), since \(Timestamp.now().rfc3339)\n"
        guard let writer = try? FileDescriptor.open(path, .writeOnly, options: [.truncate, .closeOnExec, .noFollow]) else { return }
        defer { try? writer.close() }
        _ = try? writer.writeAll(text.utf8)
    }

    private static func locked(_ path: FilePath, _ mode: FileDescriptor.AccessMode) throws(Errno) -> FileDescriptor {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(path, mode, options: [.create, .closeOnExec, .noFollow], permissions: FolderModes.newFile)
        } catch {
            throw error as? Errno ?? .ioError
        }
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let reason = Errno(rawValue: errno)
            try? file.close()
            throw reason
        }
        return file
    }

    private static func explained(_ reason: Errno, _ path: FilePath) -> SpoolError {
        guard reason == .wouldBlock else { return SpoolError("lock", path, errno: reason) }
        return SpoolError(
            "lock", path, reason: "another daemon works on this spool: \(holder(path) ?? "an unknown process")",
            hint: "Stop it first, or choose another spool with --spool")
    }

    deinit { try? file.close() }

    /// What the holder of the lock wrote about itself, or `nil` if nobody holds it.
    public static func holderIfHeld(_ path: FilePath) -> String? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .noFollow]) else { return nil }
        defer { try? file.close() }
        // Closing gives a lock that was got back at once.
        if flock(file.rawValue, LOCK_SH | LOCK_NB) == 0 { return nil }
        return holder(path) ?? "an unknown process"
    }

    private static func holder(_ path: FilePath) -> String? {
        guard let data = try? FileSystem.read(path, limit: 4096) else { return nil }
        let text = String(decoding: data, as: UTF8.self).prefix { !$0.isNewline }
        return text.isEmpty ? nil : String(text)
    }

    /// The name of this machine.
    public static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, 255) == 0 else { return "unknown host" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
