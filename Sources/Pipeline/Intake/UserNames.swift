import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Names of the machine's users.
enum UserNames {
    private static let known = Mutex<[UInt32: String]>([:])

    /// The name of a user, or its number where it has none. Looked up once.
    static func name(of user: UInt32) -> String {
        if let name = known.withLock({ $0[user] }) { return name }
        let name = lookUp(user)
        known.withLock { $0[user] = name }
        return name
    }

    private static func lookUp(_ user: UInt32) -> String {
        var entry = passwd()
        var result: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &result) == 0, result != nil, let name = entry.pw_name else {
            return String(user)
        }
        return String(cString: name)
    }
}
