import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Playlists and channels of the test's video site, with the real yt-dlp and the real daemon.
@Suite(.serialized) struct SiteListTests {
    private let folder: TemporaryFolder
    private let site: TestVideoSite
    private let clock: FakeClock
    private let daemon: Daemon

    init() async throws {
        folder = try TemporaryFolder()
        site = try await TestVideoSite(in: folder)
        clock = try await FakeClock(in: folder)
        daemon = Daemon(
            spool: folder.path.appending("spool"), set: ["retry.delays=0.1", "retry.max=3", "tools.plugins=\(TestVideoSite.plugins)"],
            environment: clock.environment)
    }

    /// The receipt once the list was read.
    private func receipt(_ name: String, _ condition: (ListSummary) -> Bool = { _ in true }) async throws -> Receipt {
        try await eventually("the list to be read") {
            let receipt = try? SpoolJSON.read(Receipt.self, at: self.daemon.layout.receipt(for: name, in: .incoming))
            return receipt?.lists?.first.map { condition($0.summary) } == true ? receipt : nil
        }
    }

    @Test func aListOfFiftyWithHoles() async throws {
        var entries: [[String: Any]?] = []
        for number in 1...47 {
            try site.say(site.film(title: "Talk \(number)"), of: "talk-\(number)")
            entries.append(["id": "talk-\(number)", "title": "Talk \(number)"])
        }
        try site.say(["refusal": "The uploader has not made this video available in your country"], of: "geo")
        entries.insert(["id": "hidden", "title": "[Private video]"], at: 3)
        entries.insert(["id": "lost", "title": "[Deleted video]"], at: 10)
        entries.insert(["id": "geo", "title": "Only at home"], at: 20)
        entries.insert(nil, at: 30)
        try site.say(list: "Talks", entries, of: "talks")
        try await daemon.start()
        try daemon.drop(site.listURL("talks"), as: "talks.txt")
        let first = try await receipt("talks.txt")
        let list = try #require(first.lists?.first)
        #expect(list.summary.items == 51)
        #expect(list.summary.jobs == 48)
        #expect(
            list.summary.unavailable.map(\.reason).sorted() == [
                "it is private", "it was removed at its source", "there is nothing at place 31",
            ])
        // The list's own job, and its items in their order.
        #expect(first.jobs.count == 49)
        #expect(first.jobs[1].title == "Talk 1" && first.jobs[4].title == "Talk 4")
        let own = try await daemon.ended(list.jobID)
        #expect(own.status == .completed)
        #expect(own.title == "Talks")
        #expect(own.list == list.summary)
        let items = first.jobs.dropFirst().map(\.jobID)
        try await eventually("all to end", within: 1800) {
            try self.daemon.sidecars().count { items.contains($0.jobID) && $0.status.hasEnded } == 48
        }
        let ended = try daemon.sidecars().filter { items.contains($0.jobID) }
        let failed = ended.filter { $0.status != .completed }
        #expect(failed.map(\.error?.code) == ["geo_blocked"], "\(failed.map { ($0.title, $0.error) })")

        // A week later: one is new, one was made private.
        try clock.set(ahead: 7 * 86_400)
        entries[0] = ["id": "talk-1", "title": "[Private video]"]
        entries.append(["id": "talk-48", "title": "Talk 48"])
        try site.say(site.film(title: "Talk 48"), of: "talk-48")
        try site.say(list: "Talks", entries, of: "talks")
        let asked = site.requests("talk-2") + site.requests("geo")
        try daemon.drop(site.listURL("talks"), as: "again.txt")
        let again = try await receipt("again.txt")
        let summary = try #require(again.lists?.first).summary
        #expect(summary.new == 1)
        #expect(summary.alreadyThere == 46)
        #expect(summary.gone.map(\.videoID) == ["spooltest-talk-1"])
        let new = try #require(again.jobs.first { $0.title == "Talk 48" })
        #expect(try await daemon.ended(new.jobID).status == .completed)
        #expect(site.requests("talk-2") + site.requests("geo") == asked)
        let bundle = daemon.layout.bundle("spooltest-talk-1")
        let metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
        #expect(metadata.sourceGone?.reason == "it is private")
        try await daemon.stop()
    }

    @Test func whatIsLeftOutOfALongListIsSaidAloud() async throws {
        for id in ["one", "two", "three"] { try site.say(site.film(title: id), of: id) }
        try site.say(list: "Long", ["one", "two", "three"].map { ["id": $0, "title": $0] }, of: "long")
        try await daemon.start()
        try daemon.drop("{\"url\": \"\(site.listURL("long"))\", \"max_items\": 2}", as: "long.json")
        let list = try #require(try await receipt("long.json").lists?.first)
        #expect(list.summary.jobs == 2)
        #expect(list.summary.note?.contains("only the first 2") == true && list.summary.note?.contains("max_items") == true)
        // Named by its drop, the list is waited for with all that it became.
        let waited = try await Command.run(["--spool", daemon.layout.root.string, "wait", "long.json", "--timeout", "100"])
        #expect(waited.code == 0 && waited.output.split(separator: "\n").count == 3, "\(waited)")
        let shown = try await Command.run(["--spool", daemon.layout.root.string, "list"])
        #expect(shown.output.contains("Long"))
        let page = daemon.layout.report.appending("jobs/\(list.jobID).html")
        _ = try await daemon.ended(list.jobID)
        try await eventually("the list on its job's page") {
            (try? FileSystem.read(page)).map { String(decoding: $0, as: UTF8.self).contains("only the first 2") } ?? false
        }
        try await daemon.stop()
    }

    @Test func aListThatIsFollowedIsLookedAtAgainUntilItIsCancelled() async throws {
        try site.say(site.film(title: "One"), of: "one")
        try site.say(list: "Series", [["id": "one", "title": "One"]], of: "series")
        try await daemon.start()
        try daemon.drop("{\"url\": \"\(site.listURL("series"))\", \"follow\": \"6h\"}", as: "series.json")
        let first = try await receipt("series.json")
        let list = try #require(first.lists?.first)
        let waiting = try await daemon.job(list.jobID, "waiting for its next look") { $0.status == .pending && $0.nextAttemptAt != nil }
        #expect(waiting.waitReason?.contains("it is followed: 1 job so far") == true)
        #expect(waiting.error == nil)
        #expect(abs(try #require(waiting.nextAttemptAt).seconds(since: .now()) - 6 * 3600) < 200)
        let one = try #require(first.jobs.first { $0.title == "One" })
        #expect(try await daemon.ended(one.jobID).status == .completed)
        // What is followed for ever is waited for until its next look.
        let waited = try await Command.run(["--spool", daemon.layout.root.string, "wait", "series.json", "--timeout", "100"])
        #expect(waited.code == 0, "\(waited)")
        #expect(try await Command.run(["--spool", daemon.layout.root.string, "status", "--follow"]).code == 0)

        try site.say(site.film(title: "Two"), of: "two")
        try site.say(list: "Series", [["id": "one", "title": "One"], ["id": "two", "title": "Two"]], of: "series")
        try clock.set(ahead: 6 * 3600 + 60)
        // Wakes the runner, as any drop does.
        try daemon.drop(site.url("nothing.mp4"), as: "nothing.txt")
        let second = try await receipt("series.json") { $0.jobs == 2 }
        let two = try #require(second.jobs.first { $0.title == "Two" })
        #expect(try await daemon.ended(two.jobID).status == .completed)
        let listed = try await Command.run(["--spool", daemon.layout.root.string, "list", "--followed"])
        #expect(listed.output.contains("Series"))
        #expect(listed.output.contains("6h"))

        let answer = try await daemon.ask("", as: "series.json", in: .cancel)
        #expect(answer.actions?.map(\.jobID) == [list.jobID])
        #expect(try await daemon.ended(list.jobID).status == .cancelled)
        let none = try await Command.run(["--spool", daemon.layout.root.string, "list", "--followed"])
        #expect(!none.output.contains("Series"))
        try await daemon.stop()
    }
}
