import Crypto
import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Others are told, and nothing waits for them.
@Suite(.serialized) struct NotificationTests {
    private struct Body: Decodable {
        let event: String
        let job: StatusSidecar?
    }

    /// A command that appends what it is told to the file that is its argument.
    private static func script(in folder: TemporaryFolder) throws -> FilePath {
        let script = try folder.write("#!/bin/sh\ncat >> \"$1\"\n", to: "tell")
        #expect(chmod(script.string, 0o700) == 0)
        return script
    }

    @Test func aCommandAndASignedWebHookAreToldWhatHappened() async throws {
        let folder = try TemporaryFolder()
        let site = try await LocalSite()
        let told = folder.path.appending("told.jsonl")
        let script = try Self.script(in: folder)
        let secret = try folder.write("between us\n", to: "secret")
        var broken = LocalSite.Behaviour()
        broken.status = 503
        site.serve(Data(), at: "hook", broken)
        let daemon = Daemon(
            spool: folder.path.appending("spool"),
            set: [
                "retry.max=0", "notify.command=\(script.string),\(told.string)", "notify.webhook=\(site.url("hook"))",
                "notify.secret_file=\(secret.string)",
            ])
        try await daemon.start()
        try daemon.drop(site.url("gone.mp4"), as: "gone.txt")
        let jobID = try #require(try await daemon.receipt(for: "gone.txt").jobs.first).jobID
        #expect(try await daemon.ended(jobID).status == .failed)

        let lines = try await eventually("the command to be told") {
            let lines = (try? FileSystem.read(told)).map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
            return lines?.isEmpty == false ? lines : nil
        }
        let body = try SpoolJSON.decode(Body.self, from: Data(try #require(lines.first).utf8))
        #expect(body.event == "failed")
        #expect(body.job?.jobID == jobID)
        #expect(body.job?.error?.code == "not_found")

        // The hook was down; it is told again.
        try await eventually("the hook to be asked in vain") { site.requests.contains { $0.path == "/hook" } }
        var well = LocalSite.Behaviour()
        well.status = 200
        site.serve(Data(), at: "hook", well)
        let posted = try await eventually("the hook to be told") {
            let all = site.requests.filter { $0.path == "/hook" }
            return all.count > 1 ? all.last : nil
        }
        #expect(posted.event == "failed")
        let code = HMAC<SHA256>.authenticationCode(for: posted.body, using: SymmetricKey(data: Data("between us".utf8)))
        #expect(posted.signature == "sha256=\(code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())")
        #expect(try SpoolJSON.decode(Body.self, from: posted.body).job?.jobID == jobID)
    }

    @Test func aWebHookThatDoesNotAnswerKeepsNobodyWaiting() async throws {
        let folder = try TemporaryFolder()
        let site = try await LocalSite()
        let told = folder.path.appending("told.jsonl")
        let script = try Self.script(in: folder)
        var silent = LocalSite.Behaviour()
        silent.isSilent = true
        site.serve(Data("never".utf8), at: "hook", silent)
        let daemon = Daemon(
            spool: folder.path.appending("spool"),
            set: [
                "retry.max=0", "notify.command=\(script.string),\(told.string)", "notify.webhook=\(site.url("hook"))",
                "notify.patience_seconds=3600",
            ])
        try await daemon.start()
        func lines() -> Int { (try? FileSystem.read(told))?.count { $0 == UInt8(ascii: "\n") } ?? 0 }
        for number in 1...3 {
            try daemon.drop(site.url("gone\(number).mp4"), as: "gone\(number).txt")
            try await eventually("the command to be told of \(number)") { lines() == number }
        }
        #expect(site.requests.count { $0.path == "/hook" } == 1)
        // The hook has an hour to answer; a stop does not wait for it.
        #expect(try await daemon.stop() == 0)
    }

    @Test func wrongSettingsAreRefusedWithAnExample() async throws {
        for (setting, words) in [
            ("notify.command=tell-us", "no whole path"), ("notify.webhook=ftp://x", "no web address"),
            ("notify.events=started", "completed, failed"),
            ("notify.secret_file=/none", "notify.secret_file"),
        ] {
            let folder = try TemporaryFolder()
            let result = try await Command.run(["run", "--spool", folder.path.appending("spool").string, "--set", setting])
            #expect(result.code == 1)
            #expect(result.errors.contains(words), "\(result.errors)")
        }
    }
}
