import Jobs
import Logging
import SpoolFiles
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

extension Settings {
    /// The database, if it is there and this user may use it. Other machines and users read the status files instead.
    func storeAtHand() -> SQLiteJobStore? {
        guard access(database.string, R_OK | W_OK) == 0 else { return nil }
        return try? ServiceAssembly(settings: self, logger: Logger(label: "spoolscribe")).openStore(isReader: true)
    }
}
