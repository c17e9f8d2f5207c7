import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Disks that fill up, turn read-only or go away, and clocks that jump: the daemon lives, says what is wrong, and loses nothing.
@Suite(.serialized, .enabled(if: Mount.isPossible, "only root may mount a file system to fill")) struct UnluckyDiskTests {
    private let folder: TemporaryFolder
    private let site: LocalSite

    init() async throws {
        folder = try TemporaryFolder()
        site = try await LocalSite()
    }

    private func daemon(_ set: [String] = [], environment: [String: String] = [:]) -> Daemon {
        Daemon(
            spool: folder.path.appending("disk").appending("spool"), set: ["retry.local_seconds=1", "spool.scan_seconds=1"] + set,
            log: folder.path.appending("log"), environment: environment)
    }

    private func fill(_ mount: Mount) async throws {
        _ = try? await Tool.run("dd", ["if=/dev/zero", "of=\(mount.path.appending("ballast").string)", "bs=64k"])
    }

    private func talk() async throws {
        site.serve(try FileSystem.read(try await Speech.video(Speech.library, at: folder.path.appending("a.mp4"))), at: "a.mp4")
    }

    private func says(_ daemon: Daemon, _ words: String) async throws {
        try await eventually("status and doctor to say \(words)") {
            let status = try await Command.run(["status", "--spool", daemon.layout.root.string])
            let doctor = try await Command.run(["doctor", "--spool", daemon.layout.root.string])
            return status.output.contains(words) && doctor.output.contains(words)
        }
    }

    @Test func belowTheFloorWorkWaitsAndGoesOnByItself() async throws {
        let mount = try await Mount(at: folder.path.appending("disk"), megabytes: 48)
        try await talk()
        let daemon = daemon(["disk.floor=40000000"])
        try await daemon.start()
        try await Tool.run("dd", ["if=/dev/zero", "of=\(mount.path.appending("ballast").string)", "bs=1M", "count=20"])
        try daemon.drop(site.url("a.mp4"), as: "talk.txt")
        let jobID = try #require(try await daemon.receipt(for: "talk.txt").jobs.first).jobID
        let waiting = try await daemon.job(jobID, "waiting") { $0.status == .pending }
        #expect(waiting.waitReason?.contains("less than the floor of 40 MB") == true)
        #expect(waiting.retryCount == 0)
        try await says(daemon, "less than the floor")
        try await eventually("the report to say it") {
            (try? FileSystem.read(daemon.layout.report.appending("paused.html"))).map {
                String(decoding: $0, as: UTF8.self).contains("less than the floor")
            } ?? false
        }
        try FileSystem.remove(mount.path.appending("ballast"))
        #expect(try await daemon.ended(jobID).status == .completed)
        try await daemon.stop()
    }

    @Test func onAFullDiskNothingIsLost() async throws {
        let mount = try await Mount(at: folder.path.appending("disk"), megabytes: 48)
        try await talk()
        let daemon = daemon()
        try await daemon.start()
        // Written while there is room, moved in when there is none.
        try folder.write("\(site.url("a.mp4"))\n", to: "disk/spool/incoming/.later")
        try await fill(mount)
        let incoming = daemon.layout.control(.incoming)
        try FileSystem.move(incoming.appending(".later"), to: incoming.appending("talk.txt"))
        try await eventually("the log to say what is wrong") { daemon.logText.contains("No space left on device") }
        #expect(daemon.isRunning)
        try FileSystem.remove(mount.path.appending("ballast"))
        let receipt = try await daemon.receipt(for: "talk.txt")
        #expect(receipt.jobs.count == 1)
        #expect(try await daemon.ended(receipt.jobs[0].jobID).status == .completed)
        try await eventually("every drop to be put away") { try FileSystem.list(daemon.layout.claimed).isEmpty }
        try await daemon.stop()
    }

    @Test func aReadOnlySpoolIsWaitedFor() async throws {
        let mount = try await Mount(at: folder.path.appending("disk"), megabytes: 48)
        // The database is elsewhere: what it has open for writing would keep the file system from becoming read-only.
        let daemon = daemon(["database.path=\(folder.path.appending("jobs.sqlite").string)", "retry.delays=4", "retry.max=10"])
        try await talk()
        var broken = LocalSite.Behaviour()
        broken.status = 500
        site.serve(Data(), at: "a.mp4", broken)
        try await daemon.start()
        try daemon.drop(site.url("a.mp4"), as: "talk.txt")
        let jobID = try #require(try await daemon.receipt(for: "talk.txt").jobs.first).jobID
        _ = try await daemon.job(jobID, "waiting for its next try") { $0.status == .retrying }
        try await eventually("the file system to be read-only") { (try? await mount.setReadOnly(true)) != nil }
        site.serve(try FileSystem.read(folder.path.appending("a.mp4")), at: "a.mp4")
        try await eventually("the daemon to say what is wrong") { daemon.logText.contains("Read-only file system") }
        #expect(daemon.isRunning)
        try await mount.setReadOnly(false)
        #expect(try await daemon.ended(jobID).status == .completed)
        try await daemon.stop()
    }

    @Test func aShareThatGoesAwayAndComesBack() async throws {
        let real = folder.path.appending("real")
        try FileSystem.makeFolder(real)
        var mount: Mount? = try await Mount(of: real, at: folder.path.appending("disk"))
        try await talk()
        let daemon = daemon(["database.path=\(folder.path.appending("jobs.sqlite").string)"])
        try await daemon.start()
        try daemon.drop(site.url("a.mp4"), as: "first.txt")
        #expect(try await daemon.ended(try await daemon.receipt(for: "first.txt").jobs[0].jobID).status == .completed)
        try await mount?.detach()
        mount = nil
        try await eventually("the daemon to notice") { daemon.logText.contains("the spool is away") }
        #expect(daemon.isRunning)
        // Nothing is written into the bare mount point.
        // Seen once with a machine under load: a write that had begun made its folder there.
        #expect(try FileSystem.list(folder.path.appending("disk")).isEmpty)
        try folder.write("{\"url\": \"\(site.url("a.mp4"))\", \"force\": true}", to: "real/spool/incoming/meanwhile.json")
        mount = try await Mount(of: real, at: folder.path.appending("disk"))
        let receipt = try await daemon.receipt(for: "meanwhile.json")
        #expect(try await daemon.ended(receipt.jobs[0].jobID).status == .completed)
        try await daemon.stop()
        withExtendedLifetime(mount) {}
    }

    @Test func aClockThatJumpsADayForwardAndTwoBack() async throws {
        try FileSystem.makeFolder(folder.path.appending("disk"))
        try await talk()
        let clock = try await FakeClock(in: folder)
        let daemon = daemon(["retry.delays=1"], environment: clock.environment)
        try await daemon.start()
        var broken = LocalSite.Behaviour()
        broken.status = 500
        for (index, shift) in [0, 86_400, -86_400, 0].enumerated() {
            site.serve(Data(), at: "broken\(index).mp4", broken)
            try daemon.drop(site.url("broken\(index).mp4"), as: "before\(index).txt")
            let waiting = try #require(try await daemon.receipt(for: "before\(index).txt").jobs.first).jobID
            _ = try await daemon.job(waiting, "waiting for its next try") { $0.status == .retrying }
            site.serve(try FileSystem.read(folder.path.appending("a.mp4")), at: "broken\(index).mp4")
            try clock.set(ahead: shift)
            try daemon.drop("{\"url\": \"\(site.url("a.mp4?\(index)"))\"}", as: "after\(index).json")
            let receipt = try await daemon.receipt(for: "after\(index).json")
            #expect(abs(receipt.at.seconds(since: .now()) - Double(shift)) < 3600)
            #expect(try await daemon.ended(receipt.jobs[0].jobID).status == .completed)
        }
        try await daemon.stop()
    }
}
