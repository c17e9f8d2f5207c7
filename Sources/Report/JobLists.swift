import Jobs
import SpoolFiles

/// A list of jobs.
struct JobList: Sendable {
    enum Kind: Sendable { case state, user, site }

    let kind: Kind
    /// Of its front, relative to the site, without its extension.
    let path: String
    let label: String
    /// Of its jobs in the stamps, oldest first.
    var places: [Int] = []

    var root: String { kind == .state ? "" : "../" }
    /// The one with every job.
    var isAll: Bool { path == "jobs" }

    var title: String {
        switch kind {
        case .state: isAll ? "Jobs" : "\(label) jobs"
        case .user: "Jobs for \(label)"
        case .site: "Jobs at \(label)"
        }
    }
}

/// All jobs, and how they are listed.
struct JobLists: Sendable {
    /// Oldest first, each with what its page is made from; pages of lists are made from those of their jobs.
    let stamps: [JobStamp]
    let sources: [UInt64]
    let states: [JobList]
    /// By their labels; none if all jobs are one person's, or at one site.
    let users: [JobList]
    let sites: [JobList]

    /// Lists of a kind: those with the most jobs. What is left out stands among all jobs.
    private static let limit = 200
    private static let states: [(path: String, label: String, states: Set<JobState>)] = [
        ("jobs", "All", Set(JobState.allCases)), ("jobs-waiting", "Waiting", [.pending, .queued, .retrying]),
        ("jobs-running", "In progress", Set(JobState.stages)), ("jobs-completed", "Completed", [.completed]),
        ("jobs-failed", "Failed", [.failed]), ("jobs-cancelled", "Cancelled", [.cancelled]),
    ]

    /// - Parameter isStopped: no daemon works on the spool.
    init(_ stamps: [JobStamp], isStopped: Bool) {
        self.stamps = stamps
        // What is told of a job at work differs where nobody works any more. Revisions are not negative by themselves.
        sources = stamps.map { stamp in
            let revision = isStopped && stamp.isRunning ? -1 - stamp.revision : stamp.revision
            return SourceDigest.quick(stamp.jobID, revision, stamp.updatedAt.milliseconds)
        }
        states = Self.states.map { path, label, states in
            JobList(kind: .state, path: path, label: label, places: stamps.indices.filter { states.contains(stamps[$0].state) })
        }
        users = Self.lists(.user, "users", stamps, by: \.userID)
        sites = Self.lists(.site, "sites", stamps, by: \.site)
    }

    var all: [JobList] { states + users + sites }

    private static func lists(
        _ kind: JobList.Kind, _ folder: String, _ stamps: [JobStamp], by name: KeyPath<JobStamp, String>
    ) -> [JobList] {
        var places: [String: [Int]] = [:]
        for place in stamps.indices { places[stamps[place][keyPath: name], default: []].append(place) }
        guard places.count > 1 else { return [] }
        let most = places.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.prefix(limit)
        return most.sorted { $0.key < $1.key }.map { name, places in
            JobList(kind: kind, path: "\(folder)/\(VideoLists.fileName(name, key: name))", label: name, places: places)
        }
    }
}
