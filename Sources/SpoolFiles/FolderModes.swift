import SystemPackage

/// The modes of what the daemon makes.
public enum FolderModes {
    /// Folders that the daemon alone writes; its group may read.
    public static let daemon: FilePermissions = [.ownerReadWriteExecute, .groupRead, .groupExecute]
    /// Control folders: the group writes, and nobody takes away another's drop (sticky); new files get the folder's group (setgid).
    public static let control: FilePermissions = FilePermissions(rawValue: 0o3770)
    /// Files that the daemon writes.
    public static let file: FilePermissions = [.ownerReadWrite, .groupRead]
}
