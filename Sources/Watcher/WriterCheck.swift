import CLinux
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// Asks the kernel whether anybody has a file open for writing.
public enum WriterCheck {
    /// Who opens the file for writing while we hold the lease makes the kernel send us SIGIO, which would end the process.
    private static let signalIgnored: Void = {
        signal(SIGIO, SIG_IGN)
    }()

    public enum Answer: Sendable { case free, held, unknown }

    /// A read lease is granted only while nobody has the file open for writing. It is given back at once.
    ///
    /// The lease needs the file's owner or CAP_LEASE; without them the answer is `unknown`.
    @Sendable public static func ask(_ path: FilePath) -> Answer {
        signalIgnored
        let descriptor = open(path.string, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return .unknown }
        defer { close(descriptor) }
        if linux_set_lease(descriptor, F_RDLCK) == 0 {
            _ = linux_set_lease(descriptor, F_UNLCK)
            return .free
        }
        return errno == EAGAIN ? .held : .unknown
    }
}
