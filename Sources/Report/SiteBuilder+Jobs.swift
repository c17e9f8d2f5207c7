import Foundation
import Jobs
import SpoolFiles

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
    func buildJobs(_ stamps: [JobStamp], _ frame: PageFrame) async throws {
        let lists = JobLists(stamps, isStopped: frame.isStopped)
        var stale: [StalePage] = []
        for (stamp, source) in zip(lists.stamps, lists.sources) {
            let page = StalePage(jobID: stamp.jobID, source: source)
            if publisher.needs(page.path, from: source) { stale.append(page) }
        }
        if let first = stale.first { try publisher.makeFolder(of: first.path) }
        let gone = Set(
            try await SideBySide(width: width).map(stale.batches(of: Self.batch)) { [self] in try await write($0, frame) }.joined())
        // Of those that are gone since, the next round removes the page.
        for page in stale where !gone.contains(page.jobID) { publisher.note(page.path, from: page.source) }

        for list in lists.all { try publisher.makeFolder(of: list.path) }
        let shelf = JobShelf(store: store, templates: templates, frame: frame)
        var parts: [(first: Int, files: StaleFiles)] = []
        for list in lists.all {
            for part in PagedList(path: list.path, numbers: list.places.map { lists.stamps[$0].number }, limit: Self.jobsPerPage).parts {
                guard let files = stalePart(part, of: list, lists, shelf, frame) else { continue }
                parts.append((list.places[part.entries].first ?? 0, files))
            }
        }
        // Pages that show the same jobs one behind the other.
        try await make(parts.sorted { $0.first < $1.first }.map(\.files))
    }

    /// - Returns: the jobs that are not there any more.
    private nonisolated func write(_ pages: ArraySlice<StalePage>, _ frame: PageFrame) async throws -> [String] {
        let details = try await store.details(ofJobs: pages.map(\.jobID))
        let byID = Dictionary(uniqueKeysWithValues: details.map { ($0.job.id, $0) })
        var gone: [String] = []
        for page in pages {
            guard let details = byID[page.jobID] else {
                gone.append(page.jobID)
                continue
            }
            var context = try JobPage(details.job, frame).context(details, templates)
            context["page"] = frame.context(
                details.job.displayName, "job", root: "../", live: details.job.state.isStage ? details.job.id : "")
            try SitePublisher.put(try templates.render(.job, context), at: page.path, below: layout.report)
        }
        return gone
    }

    /// A page of a list, and the same for scripts and for the search where it is of the list of all; `nil` if all are as they should be.
    private func stalePart(
        _ part: PagedList.Part, of list: JobList, _ lists: JobLists, _ shelf: JobShelf, _ frame: PageFrame
    ) -> StaleFiles? {
        let places = list.places[part.entries]
        var source = SourceDigest()
        source.add(places.map { lists.sources[$0] })
        part.add(to: &source)
        // Fronts show how many there are; those of users and sites are too many to be made anew with every job.
        let counted = !part.isFront ? [] : list.isAll ? lists.all : list.kind == .state ? lists.states : [list]
        for other in counted {
            source.add(other.path)
            source.add(Int64(other.places.count))
        }
        let digest = source.finish()
        let isStale = publisher.needs(part.path, from: digest)
        let hasTwin = list.isAll && publisher.needs(MachinePath.twin(of: part.path), from: digest)
        let hasNames = list.isAll && publisher.needs(JobNames.path(of: part.path), from: digest)
        guard isStale || hasTwin || hasNames else { return nil }
        return StaleFiles(source: digest) { [templates] in
            let (jobs, rows) = try await shelf.take(places.map { lists.stamps[$0].number }, root: list.root)
            var files: [(path: String, data: Data)] = []
            if hasTwin { files.append(MachinePath.twin(of: part, total: list.places.count, jobs.map { MachineJob($0, frame) })) }
            if hasNames { files.append((JobNames.path(of: part.path), JobNames(jobs, of: part, frame).script)) }
            if isStale {
                let context = try Self.context(of: part, list, lists, jobs, rows, frame)
                files.append((part.path, try templates.render(.jobs, context)))
            }
            return files
        }
    }

    /// - Parameters:
    ///   - jobs: newest first.
    ///   - rows: of the table, in the same order.
    private static func context(
        of part: PagedList.Part, _ list: JobList, _ lists: JobLists, _ jobs: [Job], _ rows: String, _ frame: PageFrame
    ) throws -> PageContext {
        func link(_ other: JobList) -> PageContext {
            var link: PageContext = [
                "label": PeopleFormat.short(other.label), "href": "\(list.root)\(PageLink.path(other.path)).html",
                "current": other.path == list.path,
            ]
            if part.isFront { link["count"] = PeopleFormat.count(other.places.count) }
            return link
        }
        var context: PageContext = [
            "page": frame.context(list.title, "jobs", root: list.root), "title": PeopleFormat.short(list.title), "has_jobs": !jobs.isEmpty,
            "jobs": rows,
            // They lead to everybody's jobs: not from the list of one person or site.
            "has_filters": list.kind == .state, "filters": list.kind == .state ? lists.states.map(link) : [],
        ]
        context["page_label"] = part.label(
            of: list.places.count,
            span: jobs.last.map { "dropped \(PeopleFormat.moment($0.createdAt)) to \(PeopleFormat.moment(jobs[0].createdAt))" })
        if list.isAll, list.places.count > part.entries.count { context["names"] = JobNames.path(of: "\(list.path).html") }
        if part.isFront, list.isAll {
            let groups = [("For whom", lists.users), ("Where", lists.sites)].filter { !$0.1.isEmpty }
            context["has_groups"] = !groups.isEmpty
            context["groups"] = groups.map { ["title": $0, "lists": $1.map(link)] as PageContext }
        }
        part.addLinks(to: &context)
        return context
    }
}
