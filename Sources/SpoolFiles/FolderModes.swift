import SystemPackage

/// The modes of what the daemon makes.
public enum FolderModes {
    /// Folders that the daemon alone writes; its group may read. What is made in them gets the folder's group (setgid).
    public static let daemon = FilePermissions(rawValue: 0o2750)
    /// Control folders: the group writes, and nobody takes away another's drop (sticky); new files get the folder's group (setgid).
    public static let control: FilePermissions = FilePermissions(rawValue: 0o3770)
    /// Files that the daemon writes.
    public static let file: FilePermissions = [.ownerReadWrite, .groupRead]
}
