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

    /// The page of the newest.
    var front: String { "\(name).html" }

    func page(_ range: PageRanges.Page) -> String { "\(name)-from-\(range.first).html" }
}

extension SiteBuilder {
    private static let jobsPerPage = 100
    /// Jobs that are read at once.
    private static let batch = 1000

    /// The pages of jobs that have changed, and of the lists in which they stand.
    func buildJobs(_ frame: PageFrame) async throws {
        let stamps = try await store.jobStamps()
        var stale: [(jobID: String, path: String, source: UInt64)] = []
        for stamp in stamps {
            let path = "jobs/\(JobPage.name(stamp.jobID))"
            let source = Self.digest([stamp])
            if publisher.needs(path, from: source) { stale.append((stamp.jobID, path, source)) }
        }
        for start in stride(from: 0, to: stale.count, by: Self.batch) {
            let batch = stale[start..<min(start + Self.batch, stale.count)]
            let details = try await store.details(ofJobs: batch.map(\.jobID))
            let byID = Dictionary(uniqueKeysWithValues: details.map { ($0.job.id, $0) })
            let tasks = batch.map { jobID, path, source in
                // Of one that is gone since, the next round removes the page.
                SitePublisher.PageTask(path: path, source: source) { [templates, details = byID[jobID]] in
                    try details.map { details in
                        var context = JobPage(job: details.job, now: frame.now).context(details)
                        context["page"] = frame.context(details.job.displayName, "job", root: "../")
                        return try templates.render(.job, context)
                    }
                }
            }
            try await write(tasks)
        }
        let lists = JobList.all.map { list in (list: list, stamps: stamps.filter(list.holds)) }
        for (list, held) in lists {
            let ranges = held.count > Self.jobsPerPage ? PageRanges.pages(of: held.map(\.number), limit: Self.jobsPerPage) : []
            try await buildFront(of: list, held, ranges, counts: lists.map(\.stamps.count), frame)
            try await buildPages(of: list, held, ranges, frame)
        }
    }

    /// The newest jobs of a list.
    private func buildFront(
        of list: JobList, _ stamps: [JobStamp], _ ranges: [PageRanges.Page], counts: [Int], _ frame: PageFrame
    ) async throws {
        let newest = stamps.suffix(Self.jobsPerPage)
        let older = ranges.last { $0.entries.lowerBound < newest.startIndex }
        var source = SourceDigest()
        Self.add(newest, to: &source)
        counts.forEach { source.add(Int64($0)) }
        let digest = source.finish()
        guard publisher.needs(list.front, from: digest) else { return }
        var context = try await context(of: list, newest, frame)
        context["page_label"] =
            stamps.count > newest.count ? "the newest \(newest.count) of \(PeopleFormat.count(stamps.count))" : "\(newest.count) in all"
        context["filters"] = zip(JobList.all, counts).map { other, count -> [String: Any] in
            ["label": other.label, "count": PeopleFormat.count(count), "href": other.front, "current": other.name == list.name]
        }
        if let older { context["older"] = ["href": list.page(older)] }
        try publisher.write(try templates.render(.jobs, context), at: list.front, from: digest)
    }

    /// All jobs of a list that is longer than its first page shows.
    private func buildPages(of list: JobList, _ stamps: [JobStamp], _ ranges: [PageRanges.Page], _ frame: PageFrame) async throws {
        for (place, range) in ranges.enumerated() {
            let shown = stamps[range.entries]
            let newer = place + 1 < ranges.count ? list.page(ranges[place + 1]) : list.front
            let older = place > 0 ? list.page(ranges[place - 1]) : nil
            var source = SourceDigest()
            Self.add(shown, to: &source)
            source.add(newer)
            source.add(older ?? "")
            let digest = source.finish()
            guard publisher.needs(list.page(range), from: digest) else { continue }
            var context = try await context(of: list, shown, frame)
            context["newer"] = ["href": newer]
            if let older { context["older"] = ["href": older] }
            context["filters"] = JobList.all.map { other -> [String: Any] in
                ["label": other.label, "href": other.front, "current": other.name == list.name]
            }
            try publisher.write(try templates.render(.jobs, context), at: list.page(range), from: digest)
        }
    }

    /// Newest first.
    private func context(of list: JobList, _ stamps: ArraySlice<JobStamp>, _ frame: PageFrame) async throws -> [String: Any] {
        var jobs: [Job] = []
        if let first = stamps.first, let last = stamps.last {
            jobs = try await store.jobs(numbered: first.number...last.number, in: list.states)
        }
        var context: [String: Any] = [
            "page": frame.context("\(list.label) jobs", "jobs", root: ""), "has_jobs": !jobs.isEmpty,
            "jobs": jobs.reversed().map { JobPage(job: $0, now: frame.now).row },
        ]
        if let first = jobs.first, let last = jobs.last {
            context["page_label"] = "dropped \(PeopleFormat.moment(first.createdAt)) to \(PeopleFormat.moment(last.createdAt))"
        }
        return context
    }

    private static func add(_ stamps: ArraySlice<JobStamp>, to source: inout SourceDigest) {
        for stamp in stamps {
            source.add(stamp.jobID)
            source.add(stamp.revision)
            source.add(stamp.updatedAt.milliseconds)
        }
    }

    private static func digest(_ stamps: ArraySlice<JobStamp>) -> UInt64 {
        var source = SourceDigest()
        add(stamps, to: &source)
        return source.finish()
    }
}
