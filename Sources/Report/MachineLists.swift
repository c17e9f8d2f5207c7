import Foundation
import Jobs
import SpoolFiles

/// `videos.json` and `jobs.json`, for scripts: the same pages as the lists for people, each with the name of the next.
struct MachineList<Entry: Encodable>: Encodable {
    let schema = 1
    /// Entries on all pages; in the newest only.
    let total: Int?
    /// Newest first.
    let entries: [Entry]
    /// The file with older entries; `nil` in the last.
    let older: String?

    init(total: Int?, entries: [Entry], older: String?) {
        self.total = total
        self.entries = entries
        self.older = older
    }
}

enum MachinePath {
    /// The file for scripts beside a page.
    static func twin(of page: String) -> String { "\(page.dropLast(".html".count)).json" }

    /// What a page of a list shows, once more.
    static func twin(of part: PagedList.Part, total: Int, _ entries: [some Encodable]) -> (path: String, data: Data) {
        let list = MachineList(total: part.isFront ? total : nil, entries: entries, older: part.older.map { twin(of: $0) })
        return (twin(of: part.path), SpoolJSON.data(list))
    }
}

/// What jobs are called, for the search among all of them: a script a page of their list, since pages opened from disk may load nothing
/// else. `report.js` takes it.
struct JobNames: Encodable {
    /// Newest first: page, name, site, person, state, and when it was dropped, as people read them.
    let jobs: [[String]]
    /// The script with older ones.
    let older: String?

    static func path(of page: String) -> String { "\(page.dropLast(".html".count)).js" }

    init(_ jobs: [Job], of part: PagedList.Part, _ frame: PageFrame) {
        self.jobs = jobs.map { job in
            [
                "jobs/\(JobPage.name(job.id))", PeopleFormat.short(job.displayName), job.site, job.userID, JobPage(job, frame).label,
                PeopleFormat.moment(job.createdAt),
            ]
        }
        older = part.older.map(Self.path)
    }

    var script: Data { Data("spoolscribeJobs(".utf8) + SpoolJSON.line(self) + Data(")\n".utf8) }
}

/// A video in `videos.json`. Addresses are relative to the file.
struct MachineVideo: Encodable {
    let videoID: String
    let title: String
    let channel: String?
    let date: String
    /// Seconds.
    let duration: Double
    let language: String?
    let tags: [String]
    let addedAt: Timestamp
    let page: String
    let bundle: String

    private enum CodingKeys: String, CodingKey {
        case title, channel, date, duration, language, tags, page, bundle
        case videoID = "video_id"
        case addedAt = "added_at"
    }

    init(_ card: VideoCard) {
        videoID = card.id
        title = card.title
        channel = card.channel
        date = card.day
        duration = card.duration
        language = card.language
        tags = card.tags
        addedAt = card.addedAt
        page = "videos/\(PageLink.path(VideoPage.name(card.id)))"
        bundle = "../videos/\(PageLink.path(card.id))/"
    }
}

/// A job in `jobs.json` and `status.json`, with the names of `status.json` in a job's folder.
struct MachineJob: Encodable {
    let jobID: String
    let videoID: String?
    let title: String
    let url: String?
    let status: JobState
    let isWaiting: Bool?
    let progress: Int
    let priority: Int
    let userID: String
    let createdAt: Timestamp
    let startedAt: Timestamp?
    let completedAt: Timestamp?
    let waitReason: String?
    let error: Failure?
    let page: String
    /// Where it stands, for people, as its page says it.
    let stage: String
    /// How far it has got, for people; in `status.json` only.
    let work: String?

    private enum CodingKeys: String, CodingKey {
        case title, url, status, priority, error, page, work, stage
        case jobID = "job_id"
        case videoID = "video_id"
        case isWaiting = "waiting"
        case progress = "progress_percent"
        case userID = "user_id"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case completedAt = "completed_at"
        case waitReason = "wait_reason"
    }

    init(_ job: Job, _ frame: PageFrame, work: String? = nil) {
        self.work = work
        stage = JobPage(job, frame).label
        jobID = job.id
        videoID = job.videoID
        title = job.displayName
        url = job.url
        status = job.state
        isWaiting = job.stageState.map { $0 == .waiting }
        progress = Int(job.progress)
        priority = job.priority
        userID = job.userID
        createdAt = job.createdAt
        startedAt = job.startedAt
        completedAt = job.endedAt
        waitReason = job.waitReason
        error = job.state == .completed ? nil : job.failure
        page = "jobs/\(JobPage.name(job.id))"
    }
}

/// `status.json` of the site: what its pages renew while they are looked at.
struct SiteStatus: Encodable {
    let schema = 1
    let generatedAt: Timestamp
    /// No daemon works on the spool.
    let isStopped: Bool
    let counts: [String: Int]
    let running: [MachineJob]

    private enum CodingKeys: String, CodingKey {
        case schema, counts, running
        case generatedAt = "generated_at"
        case isStopped = "stopped"
    }
}
