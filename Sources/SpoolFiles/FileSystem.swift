import CLinux
import FoundationEssentials
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// The few file operations that the spool needs, each with an error that says what and where.
///
/// None of them that reads or changes a file follows a symbolic link at the last component.
public enum FileSystem {
    /// What kind of thing a name stands for.
    public enum Kind: Sendable, Hashable {
        case file, folder, symbolicLink, other
    }

    /// What `lstat` tells of a name.
    public struct Attributes: Sendable, Hashable {
        public let kind: Kind
        /// Bytes.
        public let size: Int64
        /// Nanoseconds since 1970.
        public let modified: Int64
        /// When the name, the owner or the contents changed last; a move changes it, and no user can set it. Nanoseconds since 1970.
        public let changed: Int64
        public let inode: UInt64
        public let owner: UInt32
        /// In it only the owner of a file, or of the folder itself, may remove the file: so the daemon makes what people drop into.
        public let isSticky: Bool
    }

    /// `nil` if there is nothing of that name.
    public static func attributes(of path: FilePath) -> Attributes? {
        var info = stat()
        guard path.withPlatformString({ lstat($0, &info) }) == 0 else { return nil }
        let kind: Kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .symbolicLink
            default: .other
            }
        return Attributes(
            kind: kind, size: Int64(info.st_size),
            modified: Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec),
            changed: Int64(info.st_ctim.tv_sec) * 1_000_000_000 + Int64(info.st_ctim.tv_nsec),
            inode: UInt64(info.st_ino), owner: info.st_uid, isSticky: info.st_mode & S_ISVTX != 0)
    }

    public static func exists(_ path: FilePath) -> Bool { attributes(of: path) != nil }

    /// Makes the folder; one that is there already is fine. The one above it must be there: where a share has gone away, nothing is
    /// made in its bare mount point.
    public static func makeFolder(_ path: FilePath, mode: FilePermissions = FolderModes.newFolder) throws(SpoolError) {
        if path.withPlatformString({ mkdir($0, mode.rawValue) }) == 0 { return }
        let reason = Errno(rawValue: errno)
        if reason == .fileExists, attributes(of: path)?.kind == .folder { return }
        throw SpoolError("make the folder", path, errno: reason)
    }

    /// Makes the folder and those above it that are missing, up to one that must be there.
    public static func makeFolder(
        _ path: FilePath, below base: FilePath, mode: FilePermissions = FolderModes.newFolder
    ) throws(SpoolError) {
        guard path != base, path.lastComponent != nil, !exists(path) else { return }
        try makeFolder(path.removingLastComponent(), below: base, mode: mode)
        try makeFolder(path, mode: mode)
    }

    /// Renames within one file system; a file already at the target is replaced.
    public static func move(_ source: FilePath, to target: FilePath) throws(SpoolError) {
        guard pair(source, target, rename) == 0 else {
            throw SpoolError("move to \(target.string) the file", source, errno: Errno(rawValue: errno))
        }
    }

    /// Renames, but never onto something that is there.
    ///
    /// The target's folder is made if it is missing, but not the one above that.
    /// - Returns: `false` if the source is gone or the target taken: somebody else won.
    public static func moveIfAbsent(_ source: FilePath, to target: FilePath) throws(SpoolError) -> Bool {
        if pair(source, target, linux_rename_no_replace) == 0 { return true }
        switch Errno(rawValue: errno) {
        case .fileExists: return false
        case .noSuchFileOrDirectory:
            guard exists(source), !exists(target.removingLastComponent()) else { return false }
            try makeFolder(target.removingLastComponent())
            return try moveIfAbsent(source, to: target)
        case .invalidArgument, .noFunction:
            // The file system does not know RENAME_NOREPLACE (NFS): a name of our own is as good as free.
            guard !exists(target) else { return false }
            if pair(source, target, rename) == 0 { return true }
            if errno == ENOENT { return false }
            throw SpoolError("move to \(target.string) the file", source, errno: Errno(rawValue: errno))
        case let reason:
            throw SpoolError("move to \(target.string) the file", source, errno: reason)
        }
    }

    /// A call with two paths, byte for byte: names on a disk need not be UTF-8.
    private static func pair<Result>(
        _ source: FilePath, _ target: FilePath, _ call: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Result
    ) -> Result {
        source.withPlatformString { from in target.withPlatformString { to in call(from, to) } }
    }

    /// A second name for the same file, or a copy where the file system has no hard links.
    public static func linkOrCopy(_ source: FilePath, to target: FilePath) throws(SpoolError) {
        if pair(source, target, link) == 0 {
            if attributes(of: target)?.kind == .file { return }
            // Something else was put in its place after it was looked at.
            try remove(target)
            throw SpoolError("link to \(target.string) the file", source, reason: "it is not a regular file")
        }
        switch Errno(rawValue: errno) {
        case .fileExists:
            try remove(target)
            try linkOrCopy(source, to: target)
        case .notPermitted, .notSupported, .improperLink, .tooManyLinks, .noFunction:
            try copy(source, to: target)
        case let reason:
            throw SpoolError("link to \(target.string) the file", source, errno: reason)
        }
    }

    /// A name for the file that only we can change: a link if the file is ours, else a copy, since its owner could write into it.
    public static func linkOrCopyOwned(_ source: FilePath, to target: FilePath) throws(SpoolError) {
        if attributes(of: source)?.owner == geteuid() {
            try linkOrCopy(source, to: target)
        } else {
            try copy(source, to: target)
        }
    }

    private static func copy(_ source: FilePath, to target: FilePath) throws(SpoolError) {
        do {
            let input = try openRegular(source)
            defer { try? input.close() }
            let output = try FileDescriptor.open(
                target, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: FolderModes.newFile)
            defer { try? output.close() }
            try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
                while true {
                    let count = try input.read(into: buffer)
                    if count == 0 { break }
                    try output.writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                }
            }
            guard fsync(output.rawValue) == 0 else { throw Errno(rawValue: errno) }
        } catch let error as SpoolError {
            throw error
        } catch {
            throw SpoolError("copy to \(target.string) the file", source, errno: error as? Errno)
        }
    }

    /// Removes a file, or a folder with all that is in it, however deep; nothing there is fine.
    ///
    /// A link that somebody puts in the place of a folder meanwhile is not followed.
    public static func remove(_ path: FilePath) throws(SpoolError) {
        if path.withPlatformString(unlink) == 0 { return }
        switch Errno(rawValue: errno) {
        case .noSuchFileOrDirectory: return
        case .isDirectory, .notPermitted:
            do {
                let folder = try FileDescriptor.open(path, .readOnly, options: [.directory, .noFollow, .closeOnExec])
                try folder.closeAfter { try removeContents(of: folder.rawValue, top: folder.rawValue, depth: 0) }
                guard path.withPlatformString(rmdir) == 0 || errno == ENOENT else { throw Errno(rawValue: errno) }
            } catch {
                throw SpoolError("remove the folder", path, errno: error as? Errno)
            }
        case let reason:
            throw SpoolError("remove", path, errno: reason)
        }
    }

    /// Folders that are open at the same time while a tree is removed.
    private static let openFolders = 64
    /// How often a folder is looked into again; more than that takes somebody who goes on filling it.
    private static let rounds = 1000

    /// - Parameter top: the folder whose removal this is part of; what lies too deep is moved up into it.
    private static func removeContents(of folder: CInt, top: CInt, depth: Int) throws {
        // Again until nothing is left: what lay deep has come up, and whoever owns the folder may have put something in.
        for _ in 0..<rounds {
            let names = try names(in: folder)
            if names.isEmpty { return }
            for name in names {
                try name.withPlatformString { name in
                    if unlinkat(folder, name, 0) == 0 || errno == ENOENT { return }
                    guard errno == EISDIR || errno == EPERM else { throw Errno(rawValue: errno) }
                    if depth >= openFolders, renameat(folder, name, top, ".\(UInt64.random(in: .min ... .max))") == 0 { return }
                    let inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                    guard inner >= 0 else { throw Errno(rawValue: errno) }
                    defer { close(inner) }
                    try removeContents(of: inner, top: top, depth: depth + 1)
                    guard unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT else { throw Errno(rawValue: errno) }
                }
            }
        }
        throw Errno.directoryNotEmpty
    }

    /// Removes a folder that is empty.
    /// - Returns: `false` if there is something in it, which is then left alone.
    @discardableResult
    public static func removeIfEmpty(_ folder: FilePath) throws(SpoolError) -> Bool {
        if folder.withPlatformString(rmdir) == 0 || errno == ENOENT { return true }
        if errno == ENOTEMPTY || errno == EEXIST { return false }
        throw SpoolError("remove the folder", folder, errno: Errno(rawValue: errno))
    }

    /// The names in a folder, in no order; none if the folder is not there. A link to a folder is followed.
    public static func list(_ folder: FilePath) throws(SpoolError) -> [FilePath.Component] {
        do {
            guard let stream = folder.withPlatformString(opendir) else { throw Errno(rawValue: errno) }
            return try names(in: stream)
        } catch Errno.noSuchFileOrDirectory {
            return []
        } catch {
            throw SpoolError("read the folder", folder, errno: error as? Errno)
        }
    }

    /// The names in an open folder, from its beginning.
    private static func names(in folder: CInt) throws -> [FilePath.Component] {
        let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw Errno(rawValue: errno) }
        return try names(in: stream)
    }

    /// Reads the stream to its end and closes it.
    private static func names(in stream: OpaquePointer) throws -> [FilePath.Component] {
        defer { closedir(stream) }
        var names: [FilePath.Component] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw Errno(rawValue: errno) }
                return names
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CInterop.PlatformChar.self, capacity: 256) {
                    FilePath(platformString: $0)
                }
            }
            if let component = name.lastComponent, component.kind == .regular { names.append(component) }
        }
    }

    /// Runs `body` with a path to a folder that others may still write in, such as one that was dropped. The path leads to the folder
    /// that was found on the way down from `base`, whatever is put in its place meanwhile; no link on that way is followed.
    public static func inside<Value>(
        _ path: [FilePath.Component], of base: FilePath, _ body: (FilePath) throws -> Value
    ) throws -> Value {
        var folder = try FileDescriptor.open(base, .readOnly, options: [.directory, .noFollow, .closeOnExec]).rawValue
        defer { close(folder) }
        for name in path {
            let inner = name.withPlatformString { openat(folder, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
            guard inner >= 0 else { throw Errno(rawValue: errno) }
            close(folder)
            folder = inner
        }
        return try body(FilePath("/proc/self/fd/\(folder)"))
    }

    /// Opens a regular file for reading, without following a link and without waiting on a FIFO.
    public static func openRegular(_ path: FilePath) throws -> FileDescriptor {
        let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
        var info = stat()
        guard fstat(file.rawValue, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            try? file.close()
            throw SpoolError("read", path, reason: "it is not a regular file")
        }
        return file
    }

    /// Reads a whole regular file without following a link and without waiting on a FIFO.
    /// - Parameter limit: the greatest size in bytes that is read; a larger file is an error.
    public static func read(_ path: FilePath, limit: Int64 = 64 << 20) throws(SpoolError) -> Data {
        do {
            let file = try openRegular(path)
            defer { try? file.close() }
            var info = stat()
            guard fstat(file.rawValue, &info) == 0 else { throw Errno(rawValue: errno) }
            guard Int64(info.st_size) <= limit else {
                throw SpoolError("read", path, reason: "it has \(info.st_size) bytes, more than the \(limit) allowed")
            }
            var data = Data(capacity: Int(info.st_size))
            try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
                while true {
                    let count = try file.read(into: buffer)
                    if count == 0 { break }
                    data.append(contentsOf: buffer[..<count])
                    guard Int64(data.count) <= limit else {
                        throw SpoolError("read", path, reason: "it grew past the \(limit) bytes allowed")
                    }
                }
            }
            return data
        } catch let error as SpoolError {
            throw error
        } catch {
            throw SpoolError("read", path, errno: error as? Errno)
        }
    }

    /// Gives a file of ours the rights that its folder gives: who may list the folder, may read the file. A second name of a dropped
    /// recording has the rights that its owner gave it.
    public static func alignMode(of file: FilePath, with folder: FilePath) throws(SpoolError) {
        var (info, place) = (stat(), stat())
        guard file.withPlatformString({ lstat($0, &info) }) == 0, folder.withPlatformString({ lstat($0, &place) }) == 0 else {
            throw SpoolError("look at", file, errno: Errno(rawValue: errno))
        }
        let mode = FolderModes.file(beside: FilePermissions(rawValue: place.st_mode))
        guard info.st_mode & S_IFMT == S_IFREG, info.st_uid == geteuid(), info.st_mode & 0o777 != mode.rawValue else { return }
        guard file.withPlatformString({ chmod($0, mode.rawValue) }) == 0 else {
            throw SpoolError("set the mode of", file, errno: Errno(rawValue: errno))
        }
    }

    /// Lets the group read a file of ours, and read and move a folder with all that is in it. What is no file and no folder is left.
    public static func shareWithGroup(_ path: FilePath) throws(SpoolError) {
        var info = stat()
        guard path.withPlatformString({ lstat($0, &info) }) == 0 else {
            throw SpoolError("look at", path, errno: Errno(rawValue: errno))
        }
        let isFolder = info.st_mode & S_IFMT == S_IFDIR
        guard isFolder || info.st_mode & S_IFMT == S_IFREG else { return }
        let mode = info.st_mode & 0o7777 | (isFolder ? 0o070 : 0o040)
        guard path.withPlatformString({ chmod($0, mode) }) == 0 else {
            throw SpoolError("let the group read", path, errno: Errno(rawValue: errno))
        }
        if isFolder { for name in try list(path) { try shareWithGroup(path.appending(name)) } }
    }

    /// Makes the contents of a file durable.
    public static func syncFile(_ path: FilePath) throws(SpoolError) {
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
        guard descriptor >= 0 else { throw SpoolError("open", path, errno: Errno(rawValue: errno)) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SpoolError("sync", path, errno: Errno(rawValue: errno)) }
    }

    /// Makes the names in a folder durable.
    public static func syncFolder(_ folder: FilePath) throws(SpoolError) {
        let descriptor = open(folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SpoolError("open the folder", folder, errno: Errno(rawValue: errno)) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SpoolError("sync the folder", folder, errno: Errno(rawValue: errno)) }
    }

    /// Bytes free for us, and bytes in all, on the file system of `path`.
    public static func space(at path: FilePath) throws(SpoolError) -> (free: Int64, total: Int64) {
        var info = statfs()
        guard statfs(path.string, &info) == 0 else {
            throw SpoolError("ask for the free space of", path, errno: Errno(rawValue: errno))
        }
        return (Int64(info.f_bavail) * Int64(info.f_bsize), Int64(info.f_blocks) * Int64(info.f_bsize))
    }
}

extension FileSystem {
    /// Puts a finished folder in the place of another. Readers see the old one or the new one; there is no moment with neither
    /// where the file system can exchange two names, and a very short one where it cannot.
    public static func replaceFolder(_ target: FilePath, with new: FilePath, setAside: FilePath) throws(SpoolError) {
        try remove(setAside)
        if !exists(target) {
            try move(new, to: target)
        } else if linux_exchange(new.string, target.string) == 0 {
            try move(new, to: setAside)
        } else {
            try move(target, to: setAside)
            do {
                try move(new, to: target)
            } catch {
                try move(setAside, to: target)
                throw error
            }
        }
        try syncFolder(target.removingLastComponent())
        try remove(setAside)
    }
}
