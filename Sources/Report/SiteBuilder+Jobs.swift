import Foundation
import Jobs
import SpoolFiles

/// Which jobs a list shows.
private struct JobList {
    let name: String
    let label: String
    /// All if empty.
    let states: Set<JobState>

    static let all: [JobList] = [
        JobList(name: "jobs", label: "All", states: []),
        JobList(name: "jobs-waiting", label: "Waiting", states: [.pending, .queued, .retrying]),
        JobList(name: "jobs-running", label: "In progress", states: Set(JobState.stages)),
        JobList(name: "jobs-completed", label: "Completed", states: [.completed]),
        JobList(name: "jobs-failed", label: "Failed", states: [.failed]),
        JobList(name: "jobs-cancelled", label: "Cancelled", states: [.cancelled]),
    ]

    func holds(_ stamp: JobStamp) -> Bool { states.isEmpty || states.contains(stamp.state) }
}

extension SiteBuilder {
    private static let jobsPerPage = 100
    /// Jobs that are read at once.
    private static let batch = 500

    /// The page of a job that has to be made anew.
    private struct StalePage: Sendable {
        let jobID: String
        let path: String
        let source: UInt64
    }

    /// The pages of jobs that have changed, and of the lists in which they stand.
    func buildJobs(_ frame: PageFrame) async throws {
        let stamps = try await store.jobStamps()
        var stale: [StalePage] = []
        // Of each job; pages of lists are made from those of their jobs.
        let sources = stamps.map(Self.source)
        for (stamp, source) in zip(stamps, sources) {
            let path = "jobs/\(JobPage.name(stamp.jobID))"
            if publisher.needs(path, from: source) { stale.append(StalePage(jobID: stamp.jobID, path: path, source: source)) }
        }
        let batches = stride(from: 0, to: stale.count, by: Self.batch).map { Array(stale[$0..<min($0 + Self.batch, stale.count)]) }
        if let first = stale.first { try publisher.makeFolder(of: first.path) }
        // The store is asked for the next jobs while the pages of these are made.
        var details = try await store.details(ofJobs: batches.first.map { $0.map(\.jobID) } ?? [])
        for (place, batch) in batches.enumerated() {
            let nextIDs = place + 1 < batches.count ? batches[place + 1].map(\.jobID) : []
            async let next = store.details(ofJobs: nextIDs)
            let byID = Dictionary(uniqueKeysWithValues: details.map { ($0.job.id, $0) })
            // Of one that is gone since, the next round removes the page.
            let written = try await SideBySide(width: width).map(batch) { [templates, layout] stale in
                guard let details = byID[stale.jobID] else { return nil as StalePage? }
                var context = try JobPage(job: details.job, now: frame.now).context(details, templates)
                context["page"] = frame.context(
                    details.job.displayName, "job", root: "../", live: details.job.state.isStage ? details.job.id : "")
                try SitePublisher.put(try templates.render(.job, context), at: stale.path, below: layout.report)
                return stale
            }
            for page in written { publisher.note(page.path, from: page.source) }
            details = try await next
        }
        let lists = JobList.all.map { list in (list: list, places: stamps.indices.filter { list.holds(stamps[$0]) }) }
        let counts = lists.map(\.places.count)
        for (list, places) in lists {
            for part in PagedList(path: list.name, numbers: places.map { stamps[$0].number }, limit: Self.jobsPerPage).parts {
                let shown = places[part.entries]
                let numbers = shown.first.map { stamps[$0].number...stamps[shown.last ?? $0].number }
                try await buildPart(
                    part, of: list, numbers, shown.map { sources[$0] }, total: places.count, counts: counts, frame)
            }
        }
    }

    private func buildPart(
        _ part: PagedList.Part, of list: JobList, _ numbers: ClosedRange<Int64>?, _ sources: [UInt64], total: Int, counts: [Int],
        _ frame: PageFrame
    ) async throws {
        var source = SourceDigest()
        source.add(sources)
        part.add(to: &source)
        if part.isFront { counts.forEach { source.add(Int64($0)) } }
        let digest = source.finish()
        let isStale = publisher.needs(part.path, from: digest)
        let hasTwin = list.states.isEmpty && publisher.needs(MachinePath.twin(of: part.path), from: digest)
        guard isStale || hasTwin else { return }
        var jobs: [Job] = []
        if let numbers { jobs = try await store.jobs(numbered: numbers, in: list.states) }
        if hasTwin { try writeTwin(of: part, total: total, from: digest, jobs.reversed().map { MachineJob($0) }) }
        guard isStale else { return }
        var context: [String: Any] = [
            "page": frame.context("\(list.label) jobs", "jobs", root: ""), "has_jobs": !jobs.isEmpty,
            "jobs": try templates.list(.row, jobs.reversed().map { JobPage(job: $0, now: frame.now).row }),
        ]
        if part.isFront {
            context["page_label"] =
                part.entries.count < total
                ? "the newest \(part.entries.count) of \(PeopleFormat.count(total))" : "\(part.entries.count) in all"
        } else if let first = jobs.first, let last = jobs.last {
            context["page_label"] = "dropped \(PeopleFormat.moment(first.createdAt)) to \(PeopleFormat.moment(last.createdAt))"
        }
        context["filters"] = zip(JobList.all, counts).map { other, count -> [String: Any] in
            var filter: [String: Any] = ["label": other.label, "href": "\(other.name).html", "current": other.name == list.name]
            if part.isFront { filter["count"] = PeopleFormat.count(count) }
            return filter
        }
        part.addLinks(to: &context)
        try publisher.write(try templates.render(.jobs, context), at: part.path, from: digest)
    }

    private static func source(_ stamp: JobStamp) -> UInt64 {
        SourceDigest.quick(stamp.jobID, stamp.revision, stamp.updatedAt.milliseconds)
    }
}
