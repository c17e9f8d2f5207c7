import Jobs
import SpoolFiles
import Synchronization

/// The jobs that were read last, with their rows in the lists: a job stands in a list of each kind, and what shows it is made one
/// soon after the other.
final class JobShelf: Sendable {
    private struct Entry {
        let job: Job
        /// By the list's root.
        var rows: [String: String] = [:]
    }

    private static let size = 1000

    private let store: any ReportStore
    private let templates: PageTemplates
    private let now: Timestamp
    /// By the jobs' numbers.
    private let entries = Mutex<[Int64: Entry]>([:])

    init(store: any ReportStore, templates: PageTemplates, now: Timestamp) {
        self.store = store
        self.templates = templates
        self.now = now
    }

    /// - Parameters:
    ///   - numbers: oldest first.
    ///   - root: from the list to the site's root: empty, or `../`.
    /// - Returns: the jobs that are still there, newest first, and their rows in the same order.
    func take(_ numbers: [Int64], root: String) async throws -> (jobs: [Job], rows: String) {
        var known = entries.withLock { entries in numbers.reduce(into: [:]) { $0[$1] = entries[$1] } }
        let missing = numbers.filter { known[$0] == nil }
        if !missing.isEmpty {
            for (number, job) in try await store.jobs(numbered: missing) { known[number] = Entry(job: job) }
        }
        var jobs: [Job] = []
        var rows = ""
        for number in numbers.reversed() {
            guard var entry = known[number] else { continue }
            let row = try entry.rows[root] ?? templates.list(.row, [JobPage(job: entry.job, now: now).row(root: root)])
            entry.rows[root] = row
            known[number] = entry
            jobs.append(entry.job)
            rows += row
        }
        entries.withLock { entries in
            entries.merge(known) { $0.rows.count > $1.rows.count ? $0 : $1 }
            if entries.count > Self.size, let oldest = numbers.first { entries = entries.filter { $0.key >= oldest } }
            if entries.count > Self.size { entries = known }
        }
        return (jobs, rows)
    }
}
