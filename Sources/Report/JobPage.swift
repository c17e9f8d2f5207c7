import Jobs
import SpoolFiles

/// The context of a job's page, and its rows in lists.
struct JobPage {
    private let job: Job
    private let now: Timestamp
    /// It was worked on when the daemon was killed; one that stops by itself puts its jobs back in line.
    private let isInterrupted: Bool

    init(_ job: Job, _ frame: PageFrame) {
        self.job = job
        now = frame.now
        isInterrupted = frame.isStopped && job.stageState == .running
    }

    static func name(_ jobID: String) -> String { "\(jobID).html" }

    /// Of a list that is followed there is nothing to tell: most of the time it rests. Nor of what nobody works on at the moment.
    private var took: String? {
        job.spec.follow != nil && job.list != nil || isInterrupted || job.endedAt == nil && job.stageState != .running
            ? nil : job.startedAt.map { PeopleFormat.span((job.endedAt ?? now).seconds(since: $0)) }
    }

    private var title: String { PeopleFormat.short(job.displayName) }
    private var message: String? { job.failure.map { PeopleFormat.short($0.message, to: 1000) } }

    /// Where it stands, for people.
    var label: String {
        switch job.state {
        case _ where isInterrupted: "Interrupted while \(job.state.label)"
        case _ where job.stageState == .waiting: "In line for \(job.state.label)"
        case .pending: "Waits"
        case .queued: "In line"
        default: Self.names[job.state]!
        }
    }

    private static let names = Dictionary(
        uniqueKeysWithValues: JobState.allCases.map { ($0, $0.label.prefix(1).uppercased() + $0.label.dropFirst()) })

    /// It waits by itself for what is nobody's fault, and goes on by itself.
    private var isResting: Bool {
        guard job.state == .pending, let failure = job.failure else { return false }
        return [.blocked, .notYet, .local].contains(failure.class)
    }
    /// When it goes on or is tried again by itself.
    private var goesOn: String? { [.pending, .retrying].contains(job.state) ? job.notBefore.map(PeopleFormat.moment) : nil }

    private var percent: String? { job.state.isStage ? "\(Int(job.progress))" : nil }

    /// A row in the lists of jobs.
    /// - Parameter root: from the page to the site's root: empty, or `../`.
    func row(root: String) -> PageContext {
        var row: PageContext = [
            "title": title, "href": "\(root)jobs/\(Self.name(job.id))", "state": job.state.rawValue, "state_label": label,
            "user": job.userID, "created": PeopleFormat.moment(job.createdAt), "created_iso": job.createdAt.rfc3339, "site": job.site,
            "is_again": job.origin == .reprocess,
        ]
        row["percent"] = percent
        row["took"] = took
        if isResting {
            row["rest"] = [message, goesOn.map { "goes on at \($0)" }].compactMap { $0 }.joined(separator: "; ")
        } else {
            row["error"] = job.state == .completed ? nil : message
        }
        return row
    }

    /// An entry under "In progress".
    /// - Parameter work: how far its stage has got.
    func running(_ work: String?) -> PageContext {
        var entry: PageContext = [
            "job_id": job.id,
            "title": title, "href": "jobs/\(Self.name(job.id))", "stage": label, "percent": "\(Int(job.progress))", "user": job.userID,
        ]
        entry["work"] = work
        return entry
    }

    /// An entry under "Waiting".
    var waiting: PageContext {
        var entry: PageContext = [
            "title": title, "href": "jobs/\(Self.name(job.id))", "state_label": label, "priority": "\(job.priority)",
            "user": job.userID,
        ]
        entry["reason"] = job.waitReason
        entry["goes_on"] = goesOn
        return entry
    }

    /// An entry under "Needs attention".
    var attention: PageContext {
        var entry: PageContext = [
            "title": title, "href": "jobs/\(Self.name(job.id))", "what": "failed while \(job.stage.label)",
        ]
        entry["message"] = message
        entry["hint"] = job.failure?.hint
        entry["when"] = job.endedAt.map(PeopleFormat.moment)
        entry["when_iso"] = job.endedAt?.rfc3339
        return entry
    }

    /// The job's own page, which lies one folder down.
    func context(_ details: JobDetails, _ templates: PageTemplates) throws -> PageContext {
        var facts: PageContext = [
            "title": job.displayName, "job_id": job.id, "state": job.state.rawValue, "state_label": label, "drop": job.drop,
            "user": job.userID,
            "priority": "\(job.priority)", "created": PeopleFormat.exactMoment(job.createdAt),
        ]
        facts["percent"] = percent
        facts["url"] = PageLink.web(job.url)
        facts["started"] = job.startedAt.map(PeopleFormat.exactMoment)
        facts["ended"] = job.endedAt.map(PeopleFormat.exactMoment)
        facts["took"] = took
        if job.retryCount > 0 { facts["retries"] = "\(job.retryCount) of \(job.maxRetries)" }
        // What it rests for is told below.
        facts["wait_reason"] =
            isInterrupted ? "No daemon is running. The job goes on from there when one is started." : isResting ? nil : job.waitReason
        facts["goes_on"] = goesOn
        facts["spec"] = spec
        facts["video_id"] = job.videoID
        facts["can_retry"] = (job.state == .failed || job.state == .cancelled) && job.manualRetryCount < JobTransition.manualRetryLimit
        facts["can_cancel"] = !job.state.hasEnded
        if job.state == .completed, let videoID = job.videoID {
            facts["video_href"] = "../videos/\(PageLink.path(VideoPage.name(videoID)))"
        }
        var context: PageContext = [
            "job": facts, "warnings": job.warnings.map { ["text": $0] as PageContext },
            "has_attempts": !details.attempts.isEmpty,
            "attempts": try templates.list(.attempt, details.attempts.enumerated().map(attempt)),
            "history": try templates.list(
                .moment,
                details.history.map {
                    ["state_label": $0.status.label, "at": PeopleFormat.exactMoment($0.at), "at_iso": $0.at.rfc3339]
                }),
        ]
        if let list = job.list { context["list"] = Self.list(list) }
        if job.state != .completed, let failure = job.failure {
            var error: PageContext = [
                "class": failure.class.rawValue, "code": failure.code, "message": failure.message, "stage": job.stage.label,
                "is_rest": isResting,
            ]
            error["hint"] = failure.hint
            context["error"] = error
        }
        return context
    }

    /// What was asked for besides its address, as a spec would ask for it again.
    private var spec: String? {
        job.spec == JobSpec(url: job.spec.url, file: job.spec.file)
            ? nil : PeopleFormat.short(String(decoding: SpoolJSON.line(job.spec), as: UTF8.self).trimmed, to: 2000)
    }

    /// What became of the items of a playlist.
    private static func list(_ list: ListSummary) -> PageContext {
        func entry(_ item: ListSummary.Item) -> PageContext {
            var entry: PageContext = ["reason": item.reason]
            entry["title"] = item.title ?? item.url
            entry["href"] = item.videoID.map { "../videos/\(PageLink.path(VideoPage.name($0)))" } ?? PageLink.web(item.url)
            return entry
        }
        var context: PageContext = [
            "words": list.words, "looked": PeopleFormat.moment(list.lookedAt), "unavailable": list.unavailable.map(entry),
            "gone": list.gone.map(entry), "has_unavailable": !list.unavailable.isEmpty, "has_gone": !list.gone.isEmpty,
        ]
        context["next"] = list.nextLook.map(PeopleFormat.moment)
        return context
    }

    private func attempt(_ number: Int, _ attempt: StatusSidecar.Attempt) -> PageContext {
        var row: PageContext = [
            "number": "\(number + 1)", "stage": attempt.stage.label, "started": PeopleFormat.exactMoment(attempt.startedAt),
            "outcome": attempt.outcome ?? (isInterrupted ? "interrupted" : "running"),
        ]
        if let end = attempt.endedAt ?? (isInterrupted ? nil : now) {
            row["took"] = PeopleFormat.span(end.seconds(since: attempt.startedAt))
        }
        row["class"] = attempt.error?.class.rawValue
        row["message"] = attempt.error?.message
        row["hint"] = attempt.error?.hint
        return row
    }
}
