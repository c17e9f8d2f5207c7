import ArgumentParser
import Foundation
import SpoolFiles

struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Wait until jobs have ended: those named, or all that are under way.",
        discussion:
            "Takes ids of jobs or videos, and names of drops, also of those that lie in incoming/ still. Reads the status files of the share. Exit code 0 if all completed, 1 if one failed or was cancelled, 3 if nothing has that name, 5 if the time was over first. With --json: a JSON line for each job as it ends."
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("Ids of jobs or videos, or names of drops.", valueName: "target"))
    var targets: [String] = []

    @Option(help: ArgumentHelp("Give up after this long; 0 waits for ever.", valueName: "seconds"))
    var timeout: Double = 0

    @Flag(help: "Print JSON lines.")
    var json = false

    func run() async throws {
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        let reader = SidecarReader(layout: settings.layout)
        var refused: [String: CommandError] = [:]
        var (open, untaken) = wanted(reader, &refused)
        // A name that stands for nothing is a slip; a drop that was refused keeps nobody from waiting for the others.
        if let slip = refused.first(where: { !reader.isAnswered($0.key) }) { throw slip.value }
        let isAnythingLeft = !untaken.isEmpty || open.contains { reader.job($0).map { !$0.status.hasEnded && !$0.isResting } ?? false }
        if isAnythingLeft, let warning = settings.daemonWarning { Terminal.warn(warning) }
        var seen = open
        let deadline = timeout > 0 ? ContinuousClock.now + .seconds(timeout) : nil
        let table = JobTable(width: Terminal.width)
        var failed = 0
        func look() {
            let now = wanted(reader, &refused)
            open.formUnion(now.jobs.subtracting(seen))
            seen.formUnion(now.jobs)
            untaken = now.untaken
        }
        while true {
            for jobID in open.sorted() {
                guard let job = reader.job(jobID) else {
                    // Deleted for good meanwhile.
                    open.remove(jobID)
                    continue
                }
                guard job.status.hasEnded || job.isResting else { continue }
                open.remove(jobID)
                if job.list != nil {
                    // It has become jobs, which are waited for as well.
                    look()
                }
                if job.status != .completed, !job.isResting { failed += 1 }
                print(json ? String(decoding: SpoolJSON.line(job), as: UTF8.self).trimmed : table.line(job))
            }
            // Without names, what lies in the folders still is waited for too.
            if try !untaken.isEmpty || (open.isEmpty && targets.isEmpty && !reader.drops().isEmpty) {
                look()
            } else if open.isEmpty {
                break
            }
            if let deadline, ContinuousClock.now >= deadline {
                let jobs = open.isEmpty ? nil : "\(open.count) job\(open.count == 1 ? " is" : "s are") still under way"
                let drops = untaken.isEmpty ? nil : "\(untaken.sorted().joined(separator: ", ")) not taken yet"
                throw CommandError.notReady(
                    "\([jobs, drops].compactMap { $0 }.joined(separator: ", ")) after \(Int(timeout)) s", hint: settings.daemonWarning)
            }
            try await Task.sleep(for: .milliseconds(250))
        }
        if let error = refused.values.first { throw error }
        if failed > 0 {
            throw CommandError.failed(
                "\(failed) job\(failed == 1 ? "" : "s") did not complete", hint: "spoolscribe show, with the number of the job, tells why")
        }
    }

    /// The jobs that the names stand for, and the names of drops that are to become jobs; without names all that are under way.
    /// - Parameter refused: gets the names that became no job; they are looked for no more.
    private func wanted(
        _ reader: SidecarReader, _ refused: inout [String: CommandError]
    ) -> (jobs: Set<String>, untaken: Set<String>) {
        if targets.isEmpty { return (Set(reader.open().filter { !$0.isResting }.map(\.jobID)), []) }
        var found: (jobs: Set<String>, untaken: Set<String>) = ([], [])
        for target in targets where refused[target] == nil {
            // What lies there may have the name of an earlier drop, whose jobs are not meant.
            if reader.isUntaken(target) {
                found.untaken.insert(target)
                continue
            }
            let jobs = reader.jobs(named: target)
            if jobs.isEmpty { refused[target] = reader.notFound(target) }
            found.jobs.formUnion(jobs.map(\.jobID))
        }
        return found
    }
}
