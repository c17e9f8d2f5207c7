import ArgumentParser
import Jobs
import Logging
import SpoolFiles
import SystemPackage

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List jobs from the database, newest first.",
        discussion: "With --json: JSON lines in the form of status.json.")

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("Only jobs in this state; may be repeated.", valueName: "state"))
    var status: [String] = []

    @Option(help: "How many at most.")
    var limit = 50

    @Option(help: "How many to pass over first.")
    var offset = 0

    @Flag(help: "Print JSON lines.")
    var json = false

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
        guard FileSystem.exists(settings.database) else {
            throw CommandError.notReady(
                "there is no database \(settings.database.string)",
                hint: "It is made by spoolscribe run; from another machine use spoolscribe status")
        }
        let store = try ServiceAssembly(settings: settings, logger: Logger(label: "list")).openStore()
        let table = JobTable(width: Terminal.width)
        for job in try await store.jobs(in: states, limit: limit, offset: offset) {
            guard let sidecar = try await store.details(of: job.id)?.sidecar() else { continue }
            if json { print(String(decoding: SpoolJSON.line(sidecar), as: UTF8.self), terminator: "") } else { print(table.line(sidecar)) }
        }
    }
}
