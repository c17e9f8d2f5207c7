import SpoolFiles
import Synchronization
import SystemPackage

/// What is in the way of drops or of all work, for status, report and `doctor`. Each is noted until it is cleared.
public final class Troubles: Sendable {
    private struct Entry {
        var trouble: DaemonStatus.Trouble
        /// The file that it is about: without it there is no trouble.
        var path: FilePath?
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let changed: @Sendable () -> Void

    /// - Parameter changed: called when a trouble came or went.
    public init(changed: @escaping @Sendable () -> Void) { self.changed = changed }

    /// Notes what is wrong with a subject; the first time counts.
    func note(_ subject: String, _ message: String, about path: FilePath? = nil) {
        let isNew = entries.withLock { entries in
            guard entries[subject]?.trouble.message != message else { return false }
            let since = entries[subject]?.trouble.since ?? .now()
            entries[subject] = Entry(trouble: .init(subject: subject, message: message, since: since), path: path)
            return true
        }
        if isNew { changed() }
    }

    func clear(_ subject: String) {
        if entries.withLock({ $0.removeValue(forKey: subject) != nil }) { changed() }
    }

    /// What is in the way now, the oldest first.
    var all: [DaemonStatus.Trouble] {
        entries.withLock { entries in
            entries = entries.filter { $0.value.path.map(FileSystem.exists) ?? true }
            return entries.values.map(\.trouble).sorted { ($0.since, $0.subject) < ($1.since, $1.subject) }
        }
    }
}
