import CLinux
import SpoolFiles
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// What kind of file system a folder lies on, as far as watching and databases care.
public struct MountKind: Sendable, Hashable {
    /// The name for people: "ext4", "NFS".
    public let name: String
    /// Other machines can change it behind the kernel's back: inotify does not see that, and SQLite must not lie there.
    public let isRemote: Bool

    /// Reads it from `statfs`.
    /// - Throws: `SpoolError` if the folder is not there.
    public init(of folder: FilePath) throws(SpoolError) {
        var info = statfs()
        guard statfs(folder.string, &info) == 0 else {
            throw SpoolError("ask for the file system of", folder, errno: Errno(rawValue: errno))
        }
        self.init(magic: UInt32(truncatingIfNeeded: info.f_type))
    }

    /// The numbers stand in statfs(2).
    init(magic: UInt32) {
        (name, isRemote) =
            switch magic {
            case 0x6969: ("NFS", true)
            case 0xFF53_4D42, 0xFE53_4D42, 0x517B: ("SMB", true)
            case 0x6573_5546: ("FUSE", true)
            case 0x0102_1997: ("9p", true)
            case 0x00C3_6400: ("Ceph", true)
            case 0x6B41_4653, 0x5346_414F: ("AFS", true)
            case 0x786F_4256: ("VirtualBox share", true)
            case 0xEF53: ("ext4", false)
            case 0x5846_5342: ("XFS", false)
            case 0x9123_683E: ("Btrfs", false)
            case 0x2FC1_2FC1: ("ZFS", false)
            case 0x0102_1994: ("tmpfs", false)
            case 0x794C_7630: ("overlayfs", false)
            default: ("file system 0x" + String(magic, radix: 16), false)
            }
    }
}
