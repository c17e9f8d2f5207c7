import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// What is dropped into `cancel/`.
@Suite(.serialized) struct CancelFolderTests: ControlSuite {
    let folder: TemporaryFolder
    let daemon: Daemon
    let site: LocalSite

    init() async throws { (folder, daemon, site) = try await Self.begin() }

    @Test func aDownloadIsCancelledByTheNameOfItsDrop() async throws {
        serveSlowly()
        try daemon.drop("\(site.url("long.mp4"))\n\(site.url("long.mp4?2"))\n", as: "long.txt")
        let jobs = try await daemon.receipt(for: "long.txt").jobs.map(\.jobID)
        _ = try await daemon.job(jobs[0], "downloading") { $0.stageState == .running }
        let receipt = try await daemon.ask("", as: "long.txt", in: .cancel)
        #expect(receipt.actions?.map(\.action) == [.cancelled, .cancelled])
        for jobID in jobs {
            let job = try #require(try daemon.sidecar(jobID))
            #expect(job.status == .cancelled)
            #expect(job.waitReason == "cancelled by \(job.userID)")
            let place = layout.job(jobID, in: .cancelled, endedOn: job.completedAt?.day)
            #expect(try FileSystem.list(place).map(\.string) == [SpoolLayout.sidecarName])
        }
        #expect(try await daemon.ask("", as: "long.txt", in: .cancel).refused.first?.reason.contains("under way") == true)
    }

    @Test func ofAListWhatWaitsIsCancelledBeforeItBegins() async throws {
        serveSlowly()
        try daemon.drop((0..<40).map { site.url("long.mp4?\($0)") }.joined(separator: "\n"), as: "forty.txt")
        let jobs = try await daemon.receipt(for: "forty.txt").jobs.map(\.jobID)
        try await eventually("four to run") { site.requests.count == 4 }
        let receipt = try await daemon.ask("", as: "forty.txt", in: .cancel)
        #expect(receipt.actions?.compactMap(\.jobID) == jobs)
        #expect(receipt.actions?.count { $0.note == "it was queued" } == 36)
        #expect(site.requests.count == 4)
        for jobID in jobs { #expect(try daemon.sidecar(jobID)?.status == .cancelled) }
    }

    @Test func whatWasThereBeforeADropIsNotItsToCancel() async throws {
        serveSlowly()
        try daemon.drop(site.url("long.mp4"), as: "first.txt")
        let first = try #require(try await daemon.receipt(for: "first.txt").jobs.first).jobID
        try daemon.drop("\(site.url("long.mp4"))\n", as: "second.txt")
        try daemon.drop("\(site.url("long.mp4"))\n\(site.url("long.mp4?2"))\n", as: "third.txt")
        _ = try await daemon.receipt(for: "second.txt")
        let own = try #require(try await daemon.receipt(for: "third.txt").jobs.last).jobID
        for order in [ControlFolder.cancel, .delete] {
            let receipt = try await daemon.ask("", as: "second.txt", in: order)
            #expect(receipt.refused.first?.reason.contains("was there already, as job \(first) of the drop first.txt") == true)
        }
        #expect(try await daemon.ask("", as: "third.txt", in: .cancel).actions?.map(\.jobID) == [own])
        #expect(try daemon.sidecar(first)?.status.hasEnded == false)
        #expect(try await daemon.ask("", as: first, in: .cancel).outcome == .accepted)
    }

    @Test func aListNamesSeveralAndEachLineIsAnswered() async throws {
        serveSlowly()
        try daemon.drop("\(site.url("long.mp4?1"))\n\(site.url("long.mp4?2"))\n\(site.url("long.mp4?3"))\n", as: "three.txt")
        let jobs = try await daemon.receipt(for: "three.txt").jobs.map(\.jobID)
        let receipt = try await daemon.ask(
            "# not these\r\n\(jobs[0])\r\nno-such-job\r\n\(site.url("long.mp4?2"))\r\n", as: "some.txt", in: .cancel)
        #expect(receipt.outcome == .partly)
        #expect(receipt.actions?.compactMap(\.jobID) == [jobs[0], jobs[1]])
        #expect(receipt.refused.map(\.line) == [3])
        #expect(try daemon.sidecar(jobs[2])?.status.hasEnded == false)
        #expect(try await daemon.ask(jobs[2], as: "rest.txt", in: .cancel).outcome == .accepted)
    }

    @Test func aCancelledRecordingCanBeRetried() async throws {
        let recording = try await Speech.wav(Speech.library, times: 20, at: folder.path.appending("long.wav"))
        try daemon.drop(recording, as: "long.wav")
        let jobID = try #require(try await daemon.receipt(for: "long.wav").jobs.first).jobID
        _ = try await daemon.job(jobID, "transcribing") { $0.status == .transcribing && $0.stageState == .running }
        #expect(try await daemon.ask("", as: "long.wav", in: .cancel).actions?.map(\.action) == [.cancelled])
        #expect(try await daemon.ask("", as: jobID, in: .retry).actions?.map(\.action) == [.retried])
        #expect(try await daemon.job(jobID, "completed") { $0.status.hasEnded }.status == .completed)
    }

    @Test func anotherListOfTheSameNameIsAnotherList() async throws {
        serveSlowly()
        try daemon.drop("\(site.url("long.mp4?1"))\n\(site.url("long.mp4?2"))\n", as: "links.txt")
        let jobs = try await daemon.receipt(for: "links.txt").jobs.map(\.jobID)
        let one = try await daemon.ask(site.url("long.mp4?2"), as: "links.txt", in: .cancel)
        #expect(one.actions?.compactMap(\.jobID) == [jobs[1]])
        let typo = try await daemon.ask("{\"targets\": [\"nothing\"]}", as: "links.json", in: .cancel)
        #expect(typo.outcome == .rejected)
        #expect(try daemon.sidecar(jobs[0])?.status.hasEnded == false)
        _ = try await daemon.ask("", as: jobs[0], in: .cancel)
    }
}
