import ArgumentParser
import Jobs
import SpoolFiles

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List jobs, newest first.",
        discussion:
            "Asks the database, or where it is not at hand the status files of the share. With --json: one JSON value with total, limit, offset and jobs in the form of status.json."
    )

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("Only jobs in this state; may be repeated.", valueName: "state"))
    var status: [String] = []

    @Option(help: "How many at most.")
    var limit = 50

    @Option(help: "How many to pass over first.")
    var offset = 0

    @Flag(help: "Print JSON.")
    var json = false

    private struct Page: Encodable {
        let total: Int
        let limit: Int
        let offset: Int
        let jobs: [StatusSidecar]
    }

    func validate() throws {
        guard limit >= 0, offset >= 0 else { throw ValidationError("--limit and --offset are not negative") }
    }

    func run() async throws {
        let states = try status.map { name in
            guard let state = JobState(rawValue: name) else {
                throw CommandError.wrongUse(
                    "there is no state \(name)", hint: "States are \(JobState.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return state
        }
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        let (jobs, total) = try await page(states, settings)
        if json {
            print(
                String(decoding: SpoolJSON.data(Page(total: total, limit: limit, offset: offset, jobs: jobs)), as: UTF8.self),
                terminator: "")
        } else {
            let table = JobTable(width: Terminal.width)
            for job in jobs { print(table.line(job)) }
            if total > offset + jobs.count, Terminal.isInteractive {
                print(Terminal.dim("\(offset + 1) to \(offset + jobs.count) of \(total); go on with --offset \(offset + jobs.count)"))
            }
        }
    }

    private func page(_ states: [JobState], _ settings: Settings) async throws -> (jobs: [StatusSidecar], total: Int) {
        guard let store = settings.storeAtHand() else {
            return SidecarReader(layout: settings.layout).page(states, limit: limit, offset: offset)
        }
        var jobs: [StatusSidecar] = []
        for job in try await store.jobs(in: states, limit: limit, offset: offset) {
            if let sidecar = try await store.details(of: job.id)?.sidecar() { jobs.append(sidecar) }
        }
        let statistics = try await store.statistics()
        return (jobs, states.isEmpty ? statistics.total : states.reduce(0) { $0 + statistics.count($1) })
    }
}
