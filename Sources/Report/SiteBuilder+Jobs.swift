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
            if let first = batch.first { try publisher.makeFolder(of: first.path) }
            // Of one that is gone since, the next round removes the page.
            let written = try await SideBySide(width: width).map(Array(batch)) { [templates, layout] jobID, path, source in
                guard let details = byID[jobID] else { return nil as (String, UInt64)? }
                var context = JobPage(job: details.job, now: frame.now).context(details)
                var page = frame.context(details.job.displayName, "job", root: "../")
                if details.job.state.isStage { page["live"] = details.job.id }
                context["page"] = page
                try SitePublisher.put(try templates.render(.job, context), at: path, below: layout.report)
                return (path, source)
            }
            for (path, source) in written { publisher.note(path, from: source) }
        }
        let lists = JobList.all.map { list in (list: list, stamps: stamps.filter(list.holds)) }
        let counts = lists.map(\.stamps.count)
        for (list, held) in lists {
            for part in PagedList(path: list.name, numbers: held.map(\.number), limit: Self.jobsPerPage).parts {
                try await buildPart(part, of: list, held[part.entries], total: held.count, counts: counts, frame)
            }
        }
    }

    private func buildPart(
        _ part: PagedList.Part, of list: JobList, _ stamps: ArraySlice<JobStamp>, total: Int, counts: [Int], _ frame: PageFrame
    ) async throws {
        var source = SourceDigest()
        Self.add(stamps, to: &source)
        part.add(to: &source)
        if part.isFront { counts.forEach { source.add(Int64($0)) } }
        let digest = source.finish()
        func read() async throws -> [Job] {
            guard let first = stamps.first, let last = stamps.last else { return [] }
            return try await store.jobs(numbered: first.number...last.number, in: list.states)
        }
        if list.states.isEmpty {
            try await writeTwin(of: part, total: total, from: digest) { try await read().reversed().map { MachineJob($0) } }
        }
        guard publisher.needs(part.path, from: digest) else { return }
        let jobs = try await read()
        var context: [String: Any] = [
            "page": frame.context("\(list.label) jobs", "jobs", root: ""), "has_jobs": !jobs.isEmpty,
            "jobs": jobs.reversed().map { JobPage(job: $0, now: frame.now).row },
        ]
        if part.isFront {
            context["page_label"] =
                stamps.count < total ? "the newest \(stamps.count) of \(PeopleFormat.count(total))" : "\(stamps.count) in all"
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
