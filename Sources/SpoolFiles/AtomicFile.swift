import CLinux
import FoundationEssentials
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// Writes files so that a reader sees the whole old text or the whole new one, never a part.
public enum AtomicFile {
    /// How far a write must have come before the call returns.
    public enum Durability: Sendable {
        /// On the disk: survives a power cut. For what cannot be made again.
        case durable
        /// Visible to every reader, but a power cut may undo it. For views that are rewritten from the database.
        case view
    }

    /// Writes to a temporary name beside the target, syncs, renames over the target, and syncs the folder.
    ///
    /// The temporary name begins with a dot, so no folder scan takes it for something. After an error the target is as it was.
    public static func write(
        _ data: Data, to target: FilePath, durability: Durability = .durable, mode: FilePermissions = FolderModes.newFile
    ) throws(SpoolError) {
        let folder = target.removingLastComponent()
        let temporary = folder.appending(temporaryName)
        do {
            let file = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec], permissions: mode)
            try file.closeAfter {
                try data.withUnsafeBytes { bytes in _ = try file.writeAll(bytes) }
                if durability == .durable, fsync(file.rawValue) != 0 { throw Errno(rawValue: errno) }
            }
            guard rename(temporary.string, target.string) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            unlink(temporary.string)
            throw SpoolError("write", target, errno: error as? Errno)
        }
        if durability == .durable { try FileSystem.syncFolder(folder) }
    }

    private static var temporaryName: String { ".\(nextNumber.wrappingAdd(1, ordering: .relaxed).oldValue).tmp" }

    /// From a number that no other process begins with. To ask for a new one each time would take a call of the kernel.
    private static let nextNumber = Atomic(UInt64.random(in: .min ... .max))

    /// Is a file of that name one that was being written, perhaps when we were killed?
    public static func isTemporary(_ name: String) -> Bool {
        // No pattern, which would be compiled anew for each of very many names.
        let bytes = name.utf8
        let middle = bytes.dropFirst().dropLast(".tmp".utf8.count)
        return name.hasPrefix(".") && name.hasSuffix(".tmp") && !middle.isEmpty
            && middle.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
