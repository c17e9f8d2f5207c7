import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// `kill -9` at any instant loses nothing, and nothing is done twice.
@Suite(.serialized) struct RecoveryTests {
    private let folder: TemporaryFolder
    private let site: LocalSite

    init() async throws {
        folder = try TemporaryFolder()
        site = try await LocalSite()
    }

    private func path(_ name: String) -> FilePath { folder.path.appending(name) }

    @Test func aJobSurvivesAKillInEveryStage() async throws {
        let daemon = Daemon(spool: path("spool"), set: ["transcription.decoders=1"])
        let video = try FileSystem.read(try await Speech.video(Speech.story, times: 2, at: path("long.mp4")))
        var slow = LocalSite.Behaviour()
        slow.speed = video.count / 3
        site.serve(video, at: "long.mp4", slow)
        try await daemon.start()
        try daemon.drop(site.url("long.mp4"), as: "long.txt")
        let jobID = try #require(try await daemon.receipt(for: "long.txt").jobs.first).jobID

        // In the download, after some bytes.
        let part = daemon.layout.job(jobID, in: .downloading, endedOn: nil).appending("source.part")
        let kept = try await eventually("half of the download") {
            FileSystem.attributes(of: part).flatMap { $0.size > video.count / 3 ? $0.size : nil }
        }
        daemon.kill()
        site.serve(video, at: "long.mp4")
        try await daemon.start()

        try await killAtOnce(daemon, jobID, .extractingAudio)
        let resumed = site.requests.compactMap(\.range).compactMap { Int64($0.dropFirst("bytes=".count).dropLast()) }
        #expect(resumed.count == 1)
        #expect(resumed.allSatisfy { $0 >= kept })
        try await daemon.start()

        // In the transcription, after some parts.
        let parts = daemon.layout.job(jobID, in: .transcribing, endedOn: nil).appending("parts.jsonl")
        let heard = try await eventually("two finished parts") {
            (try? FileSystem.read(parts)).flatMap { data in
                let count = String(decoding: data, as: UTF8.self).split(separator: "\n").count - 1
                return count >= 2 ? count : nil
            }
        }
        daemon.kill()
        try await daemon.start()
        try await eventually("the transcription to go on behind them") {
            daemon.logText.contains("parts=\(heard) ") || daemon.logText.contains("parts=\(heard + 1) ")
        }

        for state in [JobState.extractingMetadata, .extractingComments] {
            try await killAtOnce(daemon, jobID, state)
            try await daemon.start()
        }
        let job = try await daemon.ended(jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(job.retryCount == 0)
        #expect(job.attempts.filter { $0.outcome == "interrupted" }.count >= 2)
        #expect(try FileSystem.list(daemon.layout.videos).count == 1)
        #expect(try daemon.sidecars().count == 1)
        let transcript = try daemon.transcript(of: try #require(job.videoID))
        #expect(WordErrorRate.of(transcript.text, against: "\(Speech.story) \(Speech.story)") <= 0.05)
        #expect(site.requests.count == 2)
    }

    @Test func aDownloadThatWasWholeWhenWeWereKilledIsNotFetchedAgain() async throws {
        let daemon = Daemon(spool: path("spool"))
        // As if the last byte had come just before.
        let job = try await endOfJob(daemon) { $0 }
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(site.requests.count == 1)
    }

    @Test func aPartThatIsLongerThanTheFileIsThrownAway() async throws {
        let daemon = Daemon(spool: path("spool"))
        let job = try await endOfJob(daemon) { $0 + $0 }
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(job.retryCount == 0)
    }

    /// A job whose daemon is killed in the download, with the given bytes lying there at the next start.
    private func endOfJob(_ daemon: Daemon, kept: (Data) -> Data) async throws -> StatusSidecar {
        let video = try FileSystem.read(try await Speech.video(Speech.library, at: path("a.mp4")))
        var slow = LocalSite.Behaviour()
        slow.speed = video.count
        site.serve(video, at: "a.mp4", slow)
        try await daemon.start()
        try daemon.drop(site.url("a.mp4"), as: "a.txt")
        let jobID = try #require(try await daemon.receipt(for: "a.txt").jobs.first).jobID
        let folder = daemon.layout.job(jobID, in: .downloading, endedOn: nil)
        try await eventually("the first bytes") {
            FileSystem.exists(folder.appending("download.json"))
                && (FileSystem.attributes(of: folder.appending("source.part"))?.size ?? 0) > 0
        }
        daemon.kill()
        try kept(video).write(to: URL(fileURLWithPath: folder.appending("source.part").string))
        site.serve(video, at: "a.mp4")
        try await daemon.start()
        return try await daemon.ended(jobID)
    }

    /// Kills the daemon in the moment in which the job's folder is in a stage.
    private func killAtOnce(_ daemon: Daemon, _ jobID: String, _ state: JobState) async throws {
        let place = daemon.layout.job(jobID, in: state, endedOn: nil)
        let deadline = ContinuousClock.now + .seconds(120)
        while !FileSystem.exists(place) {
            guard ContinuousClock.now < deadline else { throw OutOfPatience(what: "\(state) of \(jobID)") }
        }
        daemon.kill()
        #expect(FileSystem.exists(place), "the moment of \(state) was missed")
    }

    @Test func dropsAreNotLostInIntake() async throws {
        let daemon = Daemon(spool: path("spool"), set: ["disk.floor=1125899906842624"])
        try await daemon.start()
        // A kill may leave half a receipt under its temporary name.
        func receipts() throws -> Int { try FileSystem.list(daemon.layout.receipts(.incoming)).count { !$0.string.hasPrefix(".") } }
        for round in 0..<5 {
            for number in 0..<100 { try daemon.drop("https://example.org/\(round)-\(number).mp4\n", as: "\(round)-\(number).txt") }
            try await eventually("the intake to have begun") { try receipts() > round * 100 }
            daemon.kill()
            try await daemon.start()
        }
        try await eventually("all receipts") { try receipts() == 500 }
        try await eventually("every drop to be put away") { try FileSystem.list(daemon.layout.claimed).isEmpty }
        let sidecars = try await daemon.waitingSidecars(500)
        #expect(Set(sidecars.map(\.drop)).count == 500)
    }

    @Test func stoppingIsCleanAndCountsNothing() async throws {
        let daemon = Daemon(spool: path("spool"))
        try await Speech.wav(Speech.story, times: 2, at: path("long.wav"))
        try await daemon.start()
        try daemon.drop(path("long.wav"), as: "long.wav")
        let jobID = try #require(try await daemon.receipt(for: "long.wav").jobs.first).jobID
        _ = try await daemon.job(jobID, "heard") { $0.status == .transcribing && $0.progressPercent > 50 }
        #expect(try await daemon.stop() == 0)
        let stopped = try #require(try daemon.sidecar(jobID))
        #expect(stopped.status == .transcribing)
        #expect(stopped.stageState == .waiting)
        try await daemon.start()
        let job = try await daemon.ended(jobID)
        #expect(job.status == .completed)
        #expect(job.retryCount == 0)
    }

    @Test func aFileThatKillsTheRecogniserEndsAndTheJobsBehindItGoOn() async throws {
        let daemon = Daemon(spool: path("spool"), set: ["tools.python=\(try deadlyPython().string)"])
        site.serve(try FileSystem.read(try await Speech.wav(Speech.library, at: path("a.wav"))), at: "a.wav", wav())
        try await daemon.start()
        try daemon.drop(
            "[{\"url\": \"\(site.url("a.wav"))?1\", \"language\": \"de\"}, {\"url\": \"\(site.url("a.wav"))?2\"}, {\"url\": \"\(site.url("a.wav"))?3\"}]",
            as: "jobs.json")
        let jobs = try await daemon.receipt(for: "jobs.json").jobs
        let poisoned = try await daemon.ended(jobs[0].jobID)
        #expect(poisoned.status == .failed)
        #expect(poisoned.error?.code == "crash_loop")
        #expect(poisoned.error?.class == .permanent)
        #expect(poisoned.retryCount == 0)
        for job in jobs.dropFirst() { #expect(try await daemon.ended(job.jobID).status == .completed) }
    }

    private func wav() -> LocalSite.Behaviour {
        var behaviour = LocalSite.Behaviour()
        behaviour.contentType = "audio/wav"
        return behaviour
    }

    /// The real recogniser, behind something that dies when it is asked for German.
    private func deadlyPython() throws -> FilePath {
        try folder.write(
            """
            import os, signal, subprocess, sys
            worker = subprocess.Popen([\"\(Repository.python.string)\"] + sys.argv[1:], stdin=subprocess.PIPE)
            for line in sys.stdin.buffer:
                if b'"language":"de"' in line:
                    worker.kill()
                    os.kill(os.getpid(), signal.SIGKILL)
                worker.stdin.write(line)
                worker.stdin.flush()
            worker.stdin.close()
            sys.exit(worker.wait())
            """, to: "deadly.py")
        let script = try folder.write(
            "#!/bin/sh\nexec \(Repository.python.string) \(path("deadly.py").string) \"$@\"\n", to: "deadly-python")
        #expect(chmod(script.string, 0o755) == 0)
        return script
    }
}
