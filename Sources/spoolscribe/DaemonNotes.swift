import Report
import SpoolFiles

extension Settings {
    /// What the daemon says of itself; `nil` if none has worked on the spool.
    var daemonStatus: DaemonStatus? { try? SpoolJSON.read(DaemonStatus.self, at: layout.daemonStatus) }

    /// What rests and what is in the way, as lines for people.
    var daemonNotes: [String] {
        guard let status = daemonStatus else { return [] }
        // Written once a minute at least: what is over is still listed for a while.
        let now = Timestamp.now().adding(seconds: -60)
        let pauses = status.pauses.filter { $0.until > now }.map { pause in
            let jobs = PeopleFormat.waiting(pause.waiting)
            return Terminal.bold(Terminal.plain("\(pause.name) rests until \(PeopleFormat.moment(pause.until)), \(jobs): \(pause.reason)"))
        }
        return pauses + status.troubles.map { Terminal.red(Terminal.plain("\($0.subject): \($0.message)")) }
    }
}
