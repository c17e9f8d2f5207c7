import SpoolFiles
import SystemPackage

extension Failure {
    /// What a file operation that failed means for a job: some reasons are this machine's, and pass; others are the job's own.
    init(_ error: SpoolError) {
        switch error.errno {
        case .noSpace, .diskQuotaExceeded:
            self.init(.local, "disk_full", Self.words(error), hint: error.hint ?? "Free some disk space")
        case .readOnlyFileSystem, .permissionDenied, .notPermitted, .tooManyOpenFiles, .tooManyOpenFilesInSystem, .ioError,
            .staleNFSFileHandle:
            self.init(.local, "files", Self.words(error), hint: error.hint)
        default:
            self.init(.permanent, "incomplete", Self.words(error), hint: error.hint ?? "Drop the link or recording again")
        }
    }

    /// A file could not be written.
    static func local(writing path: FilePath, _ reason: Errno?) -> Failure {
        Failure(SpoolError("write", path, errno: reason ?? .ioError))
    }

    private static func words(_ error: SpoolError) -> String {
        "could not \(error.operation) \(error.path.string): \(error.reason ?? error.errno.map(String.init(describing:)) ?? "unknown")"
    }
}
