import Jobs
import SpoolFiles
import SystemPackage

extension SiteBuilder {
    private static let cardsShown = 24
    private static let waitingShown = 20
    /// Under "Needs attention": at once, behind a click, and for how long.
    private static let attentionShown = 3
    static let attentionKept = 20
    private static let attentionDays = 7.0

    /// The first page: what there is, what goes on, what needs somebody.
    /// - Parameter trash: what can be restored.
    func buildOverview(_ statistics: JobStatistics, _ lists: VideoLists, _ trash: Int, _ frame: PageFrame) async throws {
        let now = frame.now
        let running = try await store.jobs(in: JobState.stages, limit: 50, offset: 0)
        // What a killed daemon said last of its jobs says nothing now.
        let work = frame.isStopped ? [:] : Dictionary(uniqueKeysWithValues: running.map { ($0.id, progress(of: $0)) })
        let waiting = try await store.jobs(in: [.pending, .queued, .retrying], limit: Self.waitingShown, offset: 0)
        let recent = now.adding(seconds: -Self.attentionDays * 86_400)
        let failed = try await store.jobs(in: [.failed], limit: Self.attentionKept, offset: 0).filter { $0.updatedAt >= recent }
        let troubles = (daemonStatus?.troubles ?? []).map { trouble -> PageContext in
            [
                "title": trouble.subject, "href": "paused.html", "what": "in the way", "message": trouble.message,
                "when": PeopleFormat.moment(trouble.since), "when_iso": trouble.since.rfc3339,
            ]
        }
        let attention = troubles + (failed.map { JobPage($0, frame).attention } + (try rejectedDrops(since: recent)))
        let waitingCount = statistics.count(.pending, .queued, .retrying)
        var counts: PageContext = [
            "total": "\(statistics.total)", "completed": "\(statistics.count(.completed))", "failed": "\(statistics.count(.failed))",
            "cancelled": "\(statistics.count(.cancelled))", "pending": "\(waitingCount)",
            "processing": "\(JobState.stages.reduce(0) { $0 + statistics.count($1) })",
        ]
        counts["success_rate"] = statistics.successRate.map(PeopleFormat.percent)
        counts["average_processing"] = statistics.averageProcessing.map(PeopleFormat.span)
        var context: PageContext = [
            "page": frame.context("Overview", "index", root: "", live: "overview"), "statistics": counts,
            "is_stopped": frame.isStopped, "empty": statistics.total == 0 && lists.cards.isEmpty,
            "attention": Array(attention.prefix(Self.attentionShown)), "has_attention": !attention.isEmpty,
            "attention_days": "\(Int(Self.attentionDays))",
            "running": running.map { JobPage($0, frame).running(work[$0.id] ?? nil) },
            "waiting": waiting.map { JobPage($0, frame).waiting }, "has_waiting": !waiting.isEmpty,
            "videos": try templates.list(.card, lists.cards.suffix(Self.cardsShown).reversed().map { $0.context(root: "") }),
            "has_videos": !lists.cards.isEmpty,
            "paused_sites": try await store.pauses().map { pause -> PageContext in
                [
                    "site": pause.name, "until": PeopleFormat.moment(pause.until), "reason": pause.reason,
                    "waiting": PeopleFormat.waiting(pause.waiting),
                ]
            },
        ]
        let charts = try await charts(frame)
        context["charts"] = charts
        context["has_charts"] = !charts.isEmpty
        context["room"] = room(lists)
        context["lanes"] = try await lanes()
        if trash > 0 { context["trash"] = PeopleFormat.count(trash) }
        if attention.count > Self.attentionShown {
            context["attention_more"] =
                [
                    "count": "\(attention.count - Self.attentionShown)", "entries": Array(attention.dropFirst(Self.attentionShown)),
                ] as PageContext
        }
        if statistics.count(.failed) > failed.count { context["failed_more"] = "\(statistics.count(.failed))" }
        if waitingCount > waiting.count { context["waiting_more"] = "\(waitingCount - waiting.count)" }
        if lists.cards.count > Self.cardsShown { context["videos_more"] = PeopleFormat.count(lists.cards.count) }
        try publisher.publish(try templates.render(.index, context), at: "index.html")
        let status = SiteStatus(
            generatedAt: now, isStopped: frame.isStopped, counts: statistics.byState,
            running: running.map { MachineJob($0, frame, work: work[$0.id] ?? nil) })
        try publisher.publish(SpoolJSON.data(status), at: "status.json")
    }

    /// How far the stage of a job has got, in words; the record knows but its share of the whole.
    private func progress(of job: Job) -> String? {
        let sidecar = layout.job(job.id, in: job.state, endedOn: nil).appending(SpoolLayout.sidecarName)
        return (try? SpoolJSON.read(StatusSidecar.self, at: sidecar))?.work.map(PeopleFormat.work)
    }

    /// What ended lately.
    private func charts(_ frame: PageFrame) async throws -> [PageContext] {
        var charts: [PageContext] = []
        for span in [ActivityChart.Span.day, .month] {
            let found = try await store.activity(since: ActivityChart.start(span, at: frame.now), step: span.step)
            if let chart = ActivityChart(span, found, at: frame.now).context { charts.append(chart) }
        }
        return charts
    }

    /// What the bundles take, and what is left.
    private func room(_ lists: VideoLists) -> String? {
        guard let space = try? FileSystem.space(at: layout.root) else { return nil }
        let taken = PeopleFormat.size(lists.cards.reduce(0) { $0 + $1.bytes })
        return "The videos take \(taken); \(PeopleFormat.size(space.free)) of \(PeopleFormat.size(space.total)) are free."
    }

    /// How long the lines are.
    private func lanes() async throws -> String? {
        let load = try await store.load()
        let names: [Lane: String] = [.network: "to be fetched", .cpu: "for the processor", .asr: "to be heard"]
        let parts = Lane.allCases.compactMap { lane in
            load.waiting[lane].map { "\(PeopleFormat.count($0)) \(names[lane] ?? lane.rawValue)" }
        }
        return parts.isEmpty ? nil : "In line: \(parts.joined(separator: ", "))."
    }
}
