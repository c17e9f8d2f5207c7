import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// The modes of what the daemon makes.
public enum FolderModes {
    /// Folders that the daemon alone writes; its group may read. What is made in them gets the folder's group (setgid).
    public static let daemon = FilePermissions(rawValue: 0o2750)
    /// Control folders: the group writes, and nobody takes away another's drop (sticky); new files get the folder's group (setgid).
    public static let control: FilePermissions = FilePermissions(rawValue: 0o3770)

    /// What is asked for a new folder or file; the process's mask takes away what nobody else shall have. So everything is alike,
    /// whoever makes it: this code, a library, or a child.
    public static let newFolder = FilePermissions(rawValue: 0o777)
    public static let newFile = FilePermissions(rawValue: 0o666)

    /// Files beside folders of this mode.
    public static func file(beside folder: FilePermissions) -> FilePermissions { folder.intersection(newFile) }

    /// From here on everything that this process and its children make has the rights of `folder`, and no more.
    public static func limit(to folder: FilePermissions) { umask(~folder.rawValue & 0o777) }
}
