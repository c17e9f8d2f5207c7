import ArgumentParser
import Jobs
import Report
import SpoolFiles

struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Count jobs by state, with success rate and mean time.",
        discussion: "Asks the database, or where it is not at hand the status files of the share. With --json: one JSON value.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print JSON.")
    var json = false

    private struct Figures: Encodable {
        let total: Int
        let byState: [String: Int]
        /// 0 to 1; absent while no job has completed or failed.
        let successRate: Double?
        /// Seconds.
        let averageProcessing: Double?

        private enum CodingKeys: String, CodingKey {
            case total
            case byState = "by_state"
            case successRate = "success_rate"
            case averageProcessing = "average_processing_seconds"
        }
    }

    func run() async throws {
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        let statistics =
            try await settings.storeAtHand()?.statistics() ?? Self.statistics(SidecarReader(layout: settings.layout))
        let byState = Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0.rawValue, statistics.count($0)) })
        if json {
            let figures = Figures(
                total: statistics.total, byState: byState, successRate: statistics.successRate,
                averageProcessing: statistics.averageProcessing)
            print(String(decoding: SpoolJSON.data(figures), as: UTF8.self), terminator: "")
            return
        }
        for state in JobState.allCases { print("\(Terminal.column(state.label, 22)) \(statistics.count(state))") }
        print("\(Terminal.column("in all", 22)) \(statistics.total)")
        if let rate = statistics.successRate { print("\(Terminal.column("success rate", 22)) \(PeopleFormat.percent(rate))") }
        if let seconds = statistics.averageProcessing { print("\(Terminal.column("mean time", 22)) \(PeopleFormat.span(seconds))") }
    }

    private static func statistics(_ reader: SidecarReader) -> JobStatistics {
        let jobs = reader.page([], limit: .max, offset: 0).jobs
        let times = jobs.compactMap { job in
            job.status == .completed ? job.startedAt.flatMap { start in job.completedAt?.seconds(since: start) } : nil
        }
        return JobStatistics(
            byState: Dictionary(grouping: jobs, by: \.status.rawValue).mapValues(\.count),
            averageProcessing: times.isEmpty ? nil : times.reduce(0, +) / Double(times.count))
    }
}
