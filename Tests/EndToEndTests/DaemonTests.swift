import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// The daemon as a citizen of its machine.
@Suite(.serialized) struct DaemonTests {
    private let folder: TemporaryFolder
    private let daemon: Daemon

    init() async throws {
        folder = try TemporaryFolder()
        daemon = Daemon(spool: folder.path.appending("spool"))
        try await daemon.start()
    }

    @Test func aSecondOneIsRefusedAndNamesTheFirst() async throws {
        let second = try await Command.run(["run", "--spool", daemon.layout.root.string])
        #expect(second.code == 5)
        #expect(second.errors.contains("process \(daemon.processID ?? 0)"))
    }

    @Test func itDoesNotWakeUpWhileNothingHappens() async throws {
        let processID = try #require(daemon.processID)
        // Its shortest timer is the report's look whether jobs are worked on, twice a minute. The report of the start takes its time on a
        // busy machine.
        try await eventually("fifteen seconds in which it sleeps") {
            let before = try switches(processID)
            let start = ContinuousClock.now
            try await eventually("the time to pass") { ContinuousClock.now - start > .seconds(15) }
            return try switches(processID) - before <= 10
        }
    }

    /// How often the threads of a process went to sleep by themselves.
    private func switches(_ processID: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/task").reduce(0) { sum, thread in
            let status = (try? String(contentsOfFile: "/proc/\(processID)/task/\(thread)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches") }
            return sum + (line.flatMap { Int($0.split(separator: "\t").last ?? "") } ?? 0)
        }
    }

    @Test func itsChildrenEndWithIt() async throws {
        try await Speech.wav(Speech.library, times: 10, at: folder.path.appending("long.wav"))
        try daemon.drop(folder.path.appending("long.wav"), as: "long.wav")
        let jobID = try #require(try await daemon.receipt(for: "long.wav").jobs.first).jobID
        _ = try await daemon.job(jobID, "heard") { $0.status == .transcribing && $0.work != nil }
        let children = try children(of: try #require(daemon.processID))
        #expect(!children.isEmpty)
        daemon.kill()
        try await eventually("its children to end") { children.allSatisfy { kill($0, 0) != 0 || isZombie($0) } }
    }

    @Test func theRecogniserEndsWhenNothingIsAskedOfIt() async throws {
        let daemon = Daemon(spool: folder.path.appending("other"), set: ["transcription.idle_seconds=1"])
        try await daemon.start()
        try await Speech.wav(Speech.library, at: folder.path.appending("talk.wav"))
        try daemon.drop(folder.path.appending("talk.wav"), as: "talk.wav")
        let first = try await daemon.ended(try #require(try await daemon.receipt(for: "talk.wav").jobs.first).jobID)
        #expect(first.status == .completed)
        try await eventually("the recogniser to end") { try children(of: try #require(daemon.processID)).isEmpty }
        // And it comes back when it is needed.
        try daemon.drop(folder.path.appending("talk.wav"), as: "again.wav")
        #expect(try await daemon.ended(try #require(try await daemon.receipt(for: "again.wav").jobs.first).jobID).status == .completed)
    }

    private func children(of processID: Int32) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/task").flatMap { thread in
            let list = (try? String(contentsOfFile: "/proc/\(processID)/task/\(thread)/children", encoding: .utf8)) ?? ""
            return list.split(separator: " ").compactMap { Int32($0) }
        }
    }

    private func isZombie(_ processID: Int32) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)) ?? ""
        return status.contains(") Z ")
    }
}
