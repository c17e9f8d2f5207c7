import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// The commands that act by drops, and those that follow what becomes of them.
@Suite(.serialized) struct ActingCommandTests {
    private let folder: TemporaryFolder
    private let daemon: Daemon
    private let site: LocalSite

    init() async throws {
        folder = try TemporaryFolder()
        // The database lies elsewhere: the commands know nothing of it and must do without.
        daemon = Daemon(
            spool: folder.path.appending("spool"),
            set: ["retry.max=0", "database.path=\(folder.path.appending("jobs.sqlite").string)"])
        site = try await LocalSite()
        try await daemon.start()
    }

    private func run(_ arguments: String...) async throws -> Command.Result {
        try await Command.run(["--spool", daemon.layout.root.string] + arguments)
    }

    private func added(_ url: String) async throws -> String {
        let added = try await run("add", url, "--json")
        return try #require(try SpoolJSON.decode(Receipt.self, from: Data(added.output.utf8)).jobs.first).jobID
    }

    @Test func aDropIsWaitedForBeforeItIsTaken() async throws {
        try await daemon.stop()
        let talk = folder.path.appending("talk.wav")
        try await Speech.wav(Speech.library, at: talk)
        try daemon.drop(talk, as: "talk.wav")
        let early = try await run("wait", "talk", "--timeout", "0.5")
        #expect(early.code == 5 && early.errors.contains("talk not taken yet"), "\(early)")
        #expect(try await run("show", "talk.wav").errors.contains("in incoming/ and not taken yet"))
        async let waited = run("wait", "talk.wav")
        try await daemon.start()
        let ended = try await waited
        #expect(ended.code == 0 && ended.output.contains("completed"), "\(ended)")

        try daemon.drop("{\"url\": 5}", as: "wrong.json")
        let refused = try await run("wait", "wrong.json")
        #expect(refused.code == 3 && refused.errors.contains("wrong.json became no job"), "\(refused)")
        let both = try await run("wait", "wrong.json", "talk.wav")
        #expect(both.code == 3 && both.output.contains("completed"), "\(both)")

        // Who waits for nobody is told so at once.
        try await daemon.stop()
        let unheard = try await run("add", "https://example.org/later.mp4", "--wait", "0.5")
        #expect(unheard.code == 5 && unheard.errors.hasPrefix("No daemon works on this spool now"), "\(unheard)")
        #expect(try await !run("wait", "talk.wav").errors.contains("No daemon"), "it has ended")
    }

    @Test func aVideoThroughItsWholeLife() async throws {
        site.serve(try FileSystem.read(try await Speech.video(Speech.library, at: folder.path.appending("a.mp4"))), at: "a.mp4")
        let jobID = try await added(site.url("a.mp4"))
        let watched = try await run("watch", jobID)
        #expect(watched.code == 0)
        #expect(watched.output.contains("completed"))
        let videoID = try #require(try daemon.sidecar(jobID)?.videoID)

        let updated = try await run("update", videoID, "--title", "Opening hours", "--tag", "a", "--tag", "b")
        #expect(updated.output.trimmed == "updated \(videoID) (title, tags)", "\(updated.errors)")
        #expect(try await run("show", videoID).output.hasPrefix("Opening hours\n"))

        let reprocessed = try await run("reprocess", jobID, "--language", "en", "--json")
        let again = try #require(try SpoolJSON.decode(Receipt.self, from: Data(reprocessed.output.utf8)).jobs.first)
        #expect(try await run("wait", again.jobID).code == 0)
        #expect(try await run("reprocess", videoID, "--model", "huge").code == 4)

        // Videos, and the names by which they are found.
        let videos = try SpoolJSON.decode(ListedVideos.self, from: Data(try await run("list", "--videos", "--json").output.utf8))
        #expect(videos.total == 1)
        #expect(videos.videos.map(\.title) == ["Opening hours"])
        #expect(try await run("list", "--videos").output.hasPrefix("\(videoID)  "))
        let bareID = String(videoID.dropFirst("web-".count))
        #expect(try await run("show", bareID).output.contains("earlier   1 transcript in transcripts/"))
        #expect(try await run("status", site.url("a.mp4")).output.contains(again.jobID))
        let sound = try await run("show", videoID, "--file", "audio").output.trimmed
        #expect(FileSystem.exists(FilePath(sound)) && sound.contains("/media/audio."))
        #expect(try await run("show", jobID, "--file", "srt").output.trimmed.hasSuffix("/transcript.srt"))
        #expect(try await run("show", videoID, "--file", "film").code == 2)
        #expect(try await run("status", videoID).output.contains(again.jobID))
        #expect(try await run("watch", videoID).code == 0)

        let listed = try SpoolJSON.decode(ListedPage.self, from: Data(try await run("list", "--json", "--limit", "1").output.utf8))
        #expect(listed.total == 2)
        #expect(listed.jobs.map(\.jobID) == [again.jobID])
        #expect(try await run("stats").output.contains("completed              2"))

        let deleted = try await run("delete", videoID)
        #expect(deleted.output.contains("can be restored until"))
        let hidden = try await run("show", videoID).errors
        #expect(hidden.contains("is in the trash") && hidden.contains("spoolscribe restore \(videoID)"), "\(hidden)")
        #expect(try await run("status", jobID).output.contains("in the trash"))
        #expect(try await run("restore", videoID).output.trimmed == "restored \(videoID)")
        #expect(try await run("delete", "--hard", videoID).output.hasPrefix("removed \(videoID): "))
        #expect(try await run("delete", videoID).code == 3)
        #expect(try await run("status", jobID).code == 3)
    }

    @Test func aDropIsFollowedByItsName() async throws {
        var gone = LocalSite.Behaviour()
        gone.status = 404
        site.serve(Data(), at: "gone.mp4", gone)
        let added = try await run("add", site.url("gone.mp4"))
        #expect(added.code == 0)
        try daemon.drop("\(site.url("gone.mp4?1"))\n\(site.url("gone.mp4?2"))\n", as: "two.txt")
        let receipt = try await daemon.receipt(for: "two.txt")
        #expect(receipt.jobs.count == 2, "\(receipt)")
        #expect(try await run("wait", "two.txt").code == 1)
        let status = try await run("status", "two")
        #expect(status.output.split(separator: "\n").count { $0.contains("failed") } == 2, "\(status)")
        let shown = try await run("show", "two.txt")
        #expect(shown.code == 2)
        #expect(shown.errors.contains("stands for 2 jobs"))
        try daemon.drop(site.url("gone.mp4?3"), as: "one.txt")
        _ = try await daemon.receipt(for: "one.txt")
        #expect(try await run("watch", "one").code == 1)
        let one = try await run("show", "one.txt")
        #expect(one.output.contains("spoolscribe retry "))
        #expect(try await run("watch", "none").code == 3)
    }

    @Test func whatIsPassedOverIsNotDropped() async throws {
        let file = try folder.write("x", to: "README.wav")
        let added = try await run("add", file.string)
        #expect(added.code == 4)
        #expect(added.errors.contains("passed over"))
        #expect(!FileSystem.exists(daemon.layout.control(.incoming).appending("README.wav")))
    }

    @Test func withoutACommandItExplainsItself() async throws {
        #expect(try await run().output.contains("SUBCOMMANDS"))
    }

    @Test func cancellingRetryingAndWaiting() async throws {
        var endless = LocalSite.Behaviour()
        endless.speed = 1000
        site.serve(Data(count: 10_000_000), at: "long.mp4", endless)
        let jobID = try await added(site.url("long.mp4"))
        let late = try await run("wait", jobID, "--timeout", "0.1")
        #expect(late.code == 5)
        #expect(late.errors.contains("still under way"))
        #expect(try await run("cancel", jobID).output.hasPrefix("cancelled \(jobID)"))
        #expect(try await run("cancel", jobID).code == 4)
        let watched = try await run("watch", jobID)
        #expect(watched.code == 1)
        #expect(watched.errors.contains("was cancelled by"))
        var gone = LocalSite.Behaviour()
        gone.status = 404
        site.serve(Data(), at: "long.mp4", gone)
        #expect(try await run("retry", jobID).output.hasPrefix("retried \(jobID)"))
        let waited = try await run("wait")
        #expect(waited.code == 1 || waited.output.isEmpty)
        #expect(try await daemon.ended(jobID).error?.code == "not_found")
    }
}
