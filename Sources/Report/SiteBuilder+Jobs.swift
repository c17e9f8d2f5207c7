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
    /// Jobs for which the store is asked at once.
    private static let batch = 100

    /// The page of a job that has to be made anew.
    private struct StalePage: Sendable {
        let jobID: String
        let source: UInt64
        var path: String { "jobs/\(JobPage.name(jobID))" }
    }

    /// The pages of jobs that have changed, and of the lists in which they stand.
    func buildJobs(_ frame: PageFrame) async throws {
        let stamps = try await store.jobStamps()
        var stale: [StalePage] = []
        // Of each job; pages of lists are made from those of their jobs.
        let sources = stamps.map(Self.source)
        for (stamp, source) in zip(stamps, sources) {
            let page = StalePage(jobID: stamp.jobID, source: source)
            if publisher.needs(page.path, from: source) { stale.append(page) }
        }
        if let first = stale.first { try publisher.makeFolder(of: first.path) }
        let written = try await SideBySide(width: width).map(stale.batches(of: Self.batch)) { [self] in try await write($0, frame) }
        for page in written.joined() { publisher.note(page.path, from: page.source) }

        let lists = JobList.all.map { list in (list: list, places: stamps.indices.filter { list.holds(stamps[$0]) }) }
        let counts = lists.map(\.places.count)
        var parts: [StaleFiles] = []
        for (list, places) in lists {
            for part in PagedList(path: list.name, numbers: places.map { stamps[$0].number }, limit: Self.jobsPerPage).parts {
                let shown = places[part.entries]
                let numbers = shown.first.map { stamps[$0].number...stamps[shown.last ?? $0].number }
                if let files = stalePart(
                    part, of: list, numbers, shown.map { sources[$0] }, total: places.count, counts: counts, frame)
                {
                    parts.append(files)
                }
            }
        }
        try await make(parts)
    }

    /// - Returns: the pages of those that are still there; of the others, the next round removes the page.
    private nonisolated func write(_ pages: ArraySlice<StalePage>, _ frame: PageFrame) async throws -> [StalePage] {
        let details = try await store.details(ofJobs: pages.map(\.jobID))
        let byID = Dictionary(uniqueKeysWithValues: details.map { ($0.job.id, $0) })
        return try pages.filter { page in
            guard let details = byID[page.jobID] else { return false }
            var context = try JobPage(job: details.job, now: frame.now).context(details, templates)
            context["page"] = frame.context(
                details.job.displayName, "job", root: "../", live: details.job.state.isStage ? details.job.id : "")
            try SitePublisher.put(try templates.render(.job, context), at: page.path, below: layout.report)
            return true
        }
    }

    /// A page of a list, and the same for scripts where it is of the list of all; `nil` if both are as they should be.
    private func stalePart(
        _ part: PagedList.Part, of list: JobList, _ numbers: ClosedRange<Int64>?, _ sources: [UInt64], total: Int, counts: [Int],
        _ frame: PageFrame
    ) -> StaleFiles? {
        var source = SourceDigest()
        source.add(sources)
        part.add(to: &source)
        if part.isFront { counts.forEach { source.add(Int64($0)) } }
        let digest = source.finish()
        let isStale = publisher.needs(part.path, from: digest)
        let hasTwin = list.states.isEmpty && publisher.needs(MachinePath.twin(of: part.path), from: digest)
        guard isStale || hasTwin else { return nil }
        return StaleFiles(source: digest) { [store, templates] in
            var jobs: [Job] = []
            if let numbers { jobs = try await store.jobs(numbered: numbers, in: list.states) }
            var files: [(path: String, data: Data)] = []
            if hasTwin { files.append(MachinePath.twin(of: part, total: total, jobs.reversed().map { MachineJob($0) })) }
            if isStale {
                let context = try Self.context(of: part, list, jobs, total: total, counts: counts, templates, frame)
                files.append((part.path, try templates.render(.jobs, context)))
            }
            return files
        }
    }

    private static func context(
        of part: PagedList.Part, _ list: JobList, _ jobs: [Job], total: Int, counts: [Int], _ templates: PageTemplates, _ frame: PageFrame
    ) throws -> [String: Any] {
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
        return context
    }

    private static func source(_ stamp: JobStamp) -> UInt64 {
        SourceDigest.quick(stamp.jobID, stamp.revision, stamp.updatedAt.milliseconds)
    }
}
