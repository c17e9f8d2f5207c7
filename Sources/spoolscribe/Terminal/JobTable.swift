import Report
import SpoolFiles

/// Jobs as lines of text.
struct JobTable {
    /// Columns of the terminal; `nil` where lines may be as long as they are.
    let width: Int?

    /// One job in one line.
    func line(_ job: StatusSidecar) -> String {
        let label = Terminal.plain(job.title ?? job.spec.file ?? job.url ?? job.drop)
        let state =
            job.deletedAt != nil ? "in the trash" : job.stageState == .waiting ? "\(job.status.label) (waits)" : job.status.label
        let percent = "\(Int(job.progressPercent)) %"
        let padded = String(repeating: " ", count: max(0, 5 - percent.count)) + percent
        guard let width else { return "\(job.jobID)  \(Terminal.column(state, 27)) \(padded)  \(label)" }
        // Narrow terminals get a shorter bar, then none: the label matters more.
        let cells = width >= 120 ? 20 : width >= 96 ? 10 : 0
        let bar = cells > 0 ? Terminal.bar(job.progressPercent, cells: cells) + " " : ""
        let head = "\(job.jobID)  \(Terminal.column(state, width >= 96 ? 27 : 20)) \(bar)\(padded)  "
        let line = Terminal.column(head + label, width - 1)
        switch job.status {
        case .completed: return Terminal.green(line)
        case .failed: return Terminal.red(line)
        case .cancelled, .pending: return Terminal.dim(line)
        default: return line
        }
    }

    /// The note in one line of the terminal.
    func shortNote(_ job: StatusSidecar) -> String? {
        note(job).map { note in width.map { Terminal.column(note, $0 - 1) } ?? note }
    }

    /// What a person should know about a job beyond its state, if there is something.
    func note(_ job: StatusSidecar) -> String? {
        if let deleted = job.deletedAt {
            return "    deleted on \(deleted.day); spoolscribe restore \(job.videoID ?? job.jobID) brings it back"
        }
        if job.status == .failed, let error = job.error { return "    \(Terminal.plain(error.description))" }
        if job.status == .completed, let warning = job.warnings.first { return "    \(Terminal.plain(warning))" }
        if job.status == .completed, let list = job.list { return "    \(Terminal.plain(list.words))" }
        if let reason = job.waitReason {
            return "    \(Terminal.plain(reason))\(job.nextAttemptAt.map { "; goes on at \(PeopleFormat.moment($0))" } ?? "")"
        }
        guard let work = job.work, !job.status.hasEnded else { return nil }
        return "    \(PeopleFormat.work(work))"
    }
}
