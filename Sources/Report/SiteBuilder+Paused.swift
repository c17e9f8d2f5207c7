import Jobs
import SpoolFiles

extension SiteBuilder {
    /// What the daemon says of itself; `nil` if none has worked here.
    var daemonStatus: DaemonStatus? { try? SpoolJSON.read(DaemonStatus.self, at: layout.daemonStatus) }

    /// The page of what rests and what is in the way.
    func buildPaused(_ frame: PageFrame) async throws {
        let pauses = try await store.pauses()
        let troubles = daemonStatus?.troubles ?? []
        let context: PageContext = [
            "page": frame.context("What waits", "paused", root: ""), "has_pauses": !pauses.isEmpty, "has_troubles": !troubles.isEmpty,
            "pauses": pauses.map { pause -> PageContext in
                [
                    "name": pause.name, "until": PeopleFormat.moment(pause.until), "until_iso": pause.until.rfc3339, "reason": pause.reason,
                    "waiting": "\(pause.waiting)", "is_site": pause.isSite,
                ]
            },
            "troubles": troubles.map { trouble -> PageContext in
                [
                    "subject": trouble.subject, "message": trouble.message, "since": PeopleFormat.moment(trouble.since),
                    "since_iso": trouble.since.rfc3339,
                ]
            },
        ]
        try publisher.publish(try templates.render(.paused, context), at: "paused.html")
    }
}

extension Pause {
    var isSite: Bool {
        if case .site = subject { true } else { false }
    }

    /// What rests, for people.
    var name: String {
        switch subject {
        case .site(let site): site
        case .stage(let stage): "the stage \(stage.label)"
        }
    }
}
