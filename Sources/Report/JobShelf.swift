import Jobs
import SpoolFiles
import Synchronization

/// The jobs that were read last, with their rows in the lists: a job stands in a list of each kind, and what shows it is made one
/// soon after the other.
final class JobShelf: Sendable {
    /// A class, since it is handed on often.
    private final class Entry: Sendable {
        let job: Job
        /// Its row, cut where the list's root is to stand.
        let row: [String]

        init(_ job: Job, row: [String]) {
            self.job = job
            self.row = row
        }
    }

    /// So many jobs one behind the other: pages of thirty sites that take turns reach as far.
    private static let size = 3200
    /// Stands in a row for the list's root.
    private static let mark = Mark()

    private let store: any ReportStore
    private let templates: PageTemplates
    private let frame: PageFrame
    /// By the jobs' numbers.
    private let entries = Mutex<[Int64: Entry]>([:])

    init(store: any ReportStore, templates: PageTemplates, frame: PageFrame) {
        self.store = store
        self.templates = templates
        self.frame = frame
    }

    /// - Parameters:
    ///   - numbers: oldest first.
    ///   - root: from the list to the site's root: empty, or `../`.
    /// - Returns: the jobs that are still there, newest first, and their rows in the same order.
    func take(_ numbers: [Int64], root: String) async throws -> (jobs: [Job], rows: String) {
        var known = entries.withLock { entries in numbers.reduce(into: [:]) { $0[$1] = entries[$1] } }
        let missing = numbers.filter { known[$0] == nil }
        if !missing.isEmpty {
            for (number, job) in try await store.jobs(numbered: missing) {
                let row = try templates.list(.row, [JobPage(job, frame).row(root: Self.mark.text)])
                known[number] = Entry(job, row: Self.mark.pieces(of: row))
            }
        }
        var jobs: [Job] = []
        var rows = ""
        for number in numbers.reversed() {
            guard let entry = known[number] else { continue }
            jobs.append(entry.job)
            rows += entry.row.joined(separator: root)
        }
        entries.withLock { entries in
            entries.merge(known) { first, _ in first }
            // Pages are made by their oldest jobs: those before are not asked for again, and those far behind not soon. Now and then,
            // since it takes time.
            if entries.count > Self.size * 5 / 4, let oldest = numbers.first {
                entries = entries.filter { (oldest..<oldest + Int64(Self.size)).contains($0.key) }
            }
        }
        return (jobs, rows)
    }
}
