import ArgumentParser
import Jobs
import Report
import SpoolFiles

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List jobs, or finished videos, newest first.",
        discussion:
            "Asks the database, or where it is not at hand the status files of the share. With --json: one JSON value with total, limit, offset and jobs in the form of status.json, or videos in the form of metadata.json."
    )

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("Only jobs in this state; may be repeated.", valueName: "state"))
    var status: [String] = []

    @Option(help: "How many at most.")
    var limit = 50

    @Option(help: "How many to pass over first.")
    var offset = 0

    @Flag(help: "List the videos in videos/ instead of the jobs.")
    var videos = false

    @Flag(help: "List the playlists and channels that are followed.")
    var followed = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Page: Encodable {
        let total: Int
        let limit: Int
        let offset: Int
        var jobs: [StatusSidecar]?
        var videos: [VideoMetadata]?
    }

    func validate() throws {
        guard limit >= 0, offset >= 0 else { throw ValidationError("--limit and --offset are not negative") }
        guard !(videos || followed) || status.isEmpty else {
            throw ValidationError("--status is for jobs, not for --videos or --followed")
        }
        guard !(videos && followed) else { throw ValidationError("--videos and --followed are two lists") }
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
        if videos { return listVideos(settings) }
        if followed { return try await listFollowed(settings) }
        let (jobs, total) = try await page(states, settings)
        if json {
            show(Page(total: total, limit: limit, offset: offset, jobs: jobs))
        } else {
            let table = JobTable(width: Terminal.width)
            for job in jobs { print(table.line(job)) }
            showRest(jobs.count, of: total)
        }
    }

    private func listVideos(_ settings: Settings) {
        let (videos, total) = SidecarReader(layout: settings.layout).videos(limit: limit, offset: offset)
        if json { return show(Page(total: total, limit: limit, offset: offset, videos: videos)) }
        let width = min(videos.map(\.videoID.count).max() ?? 0, 40)
        for video in videos {
            let facts = "\(video.addedAt.day)  \(Terminal.column(PeopleFormat.clock(video.media.duration), 8))  "
            let line = "\(Terminal.column(video.videoID, max(width, video.videoID.count)))  \(facts)\(Terminal.plain(video.title))"
            print(Terminal.width.map { Terminal.column(line, $0 - 1) } ?? line)
        }
        showRest(videos.count, of: total)
    }

    private func listFollowed(_ settings: Settings) async throws {
        var all: [StatusSidecar] = []
        if let store = settings.storeAtHand() {
            for job in try await store.followed() { if let details = try await store.details(of: job.id) { all.append(details.sidecar()) } }
        } else {
            all = SidecarReader(layout: settings.layout).open().filter { $0.list != nil && $0.spec.follow != nil }
        }
        let shown = Array(all.dropFirst(offset).prefix(limit))
        if json { return show(Page(total: all.count, limit: limit, offset: offset, jobs: shown)) }
        if shown.isEmpty, Terminal.isInteractive { print(Terminal.dim("No list is followed; spoolscribe add --follow 6h LINK begins")) }
        for job in shown {
            let every = job.spec.follow.map { "every \($0)" } ?? ""
            let next = job.nextAttemptAt.map { ", next look \(PeopleFormat.moment($0))" } ?? ""
            let count = job.list.map { ", \($0.jobs) job\($0.jobs == 1 ? "" : "s") so far" } ?? ""
            print("\(job.jobID)  \(Terminal.plain(job.title ?? job.url ?? job.drop))  \(every)\(next)\(count)")
            if let error = job.error { print(Terminal.dim("  the last look failed: \(Terminal.plain(error.description))")) }
        }
        showRest(shown.count, of: all.count)
    }

    private func show(_ page: Page) { print(String(decoding: SpoolJSON.data(page), as: UTF8.self), terminator: "") }

    private func showRest(_ shown: Int, of total: Int) {
        guard total > offset + shown, Terminal.isInteractive else { return }
        print(Terminal.dim("\(offset + 1) to \(offset + shown) of \(total); go on with --offset \(offset + shown)"))
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
