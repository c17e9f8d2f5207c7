import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// A queue must not get itself blocked and then burn every job.
@Suite(.serialized) struct SiteMannersTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aBotCheckAfterTheFifthOfFiftyJobs() async throws {
        let site = try await TestVideoSite(in: folder)
        let clock = try await FakeClock(in: folder)
        let daemon = Daemon(
            spool: folder.path.appending("spool"), set: ["tools.plugins=\(TestVideoSite.plugins)"], environment: clock.environment)
        let refusal = ["refusal": "Sign in to confirm you\u{2019}re not a bot. Use --cookies-from-browser or --cookies"]
        for number in 1...50 { try site.say(number <= 5 ? site.film(title: "\(number)") : refusal, of: "v\(number)") }
        /// Calls for what the site does not give out.
        func calls() -> Int { (6...50).reduce(0) { $0 + site.requests("v\($1)") } }
        /// The same recording elsewhere, as a plain file. Wakes the runner, and must not wait for anything.
        func plain(_ name: String) async throws {
            try daemon.drop("http://localhost:\(site.files.port)/film.mp4?\(name)", as: "\(name).txt")
            let job = try #require(try await daemon.receipt(for: "\(name).txt").jobs.first)
            #expect(try await daemon.ended(job.jobID).status == .completed)
        }
        try await daemon.start()
        try daemon.drop((1...50).map { site.videoURL("v\($0)") }.joined(separator: "\n"), as: "fifty.txt")
        let jobs = try await daemon.receipt(for: "fifty.txt").jobs.map(\.jobID)
        func ended() throws -> [StatusSidecar] { try daemon.sidecars().filter { jobs.contains($0.jobID) && $0.status.hasEnded } }
        try await eventually("the block to be met and the others to wait") {
            try daemon.sidecars().count { $0.status == .pending && $0.waitReason?.contains("bot") == true } == 45
        }
        try await eventually("the first five to be transcribed") { try ended().count { $0.status == .completed } == 5 }
        #expect(calls() == 1)
        /// When the site may be asked again, once the one job that tried has been turned away.
        func opens(later earlier: Timestamp? = nil) async throws -> Timestamp {
            try await eventually("the daemon to tell how long the site rests") {
                let status = try? SpoolJSON.read(DaemonStatus.self, at: daemon.layout.daemonStatus)
                // While a job tries the others wait for it, for ten minutes.
                return status?.pauses.first.flatMap { pause in
                    earlier.map { pause.until.seconds(since: $0) > 1000 } ?? true ? pause.until : nil
                }
            }
        }
        /// Puts the daemon's clock at so many seconds from a time.
        func turn(to time: Timestamp, _ seconds: Double) throws {
            try clock.set(ahead: Int(time.adding(seconds: seconds).seconds(since: .now())))
        }
        let first = try await opens()
        try await plain("now")
        try turn(to: first, -300)
        try await plain("later")
        #expect(calls() == 1)
        let status = try await Command.run(["--spool", daemon.layout.root.string, "status"])
        #expect(status.output.contains("127.0.0.1") && status.output.contains("rests until"))

        // When its time is over one job tries, and the site is left alone for twice as long.
        try turn(to: first, 30)
        try await plain("try")
        let second = try await opens(later: first)
        #expect(calls() == 2)
        #expect((1600.0...2500).contains(second.seconds(since: first)))
        try turn(to: second, -300)
        try await plain("waits")
        #expect(calls() == 2)

        for number in 6...50 { try site.say(site.film(title: "\(number)"), of: "v\(number)") }
        try turn(to: second, 30)
        try await plain("after")
        try await eventually("all fifty to complete", within: 1800) { try ended().count == 50 }
        let all = try ended()
        let others = all.filter { $0.status != .completed || $0.retryCount > 0 }
        #expect(others.isEmpty, "\(others.map { ($0.title, $0.status, $0.attempts.compactMap(\.error)) })")
        try await daemon.stop()
    }
}
