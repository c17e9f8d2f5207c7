import Foundation
import SystemPackage

/// A server with OpenAI's transcription protocol and the real recogniser behind it, as a process of its own.
public final class TranscriptionServer: @unchecked Sendable {
    // Safe: changed only by the one test that owns it.
    private let process: Process
    private let faults: FilePath
    private let log: FilePath
    /// Up to and with `/v1`.
    public let url: String

    public struct Request: Decodable, Sendable {
        public let path: String
        public let fields: [String: [String]]
        public let bytes: Int
        public let key: String
        public let fault: [String]
    }

    public init(in folder: TemporaryFolder) async throws {
        faults = try folder.write("", to: "server/faults")
        log = try folder.write("", to: "server/log")
        let output = try folder.write("", to: "server/port")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Repository.python.string)
        process.arguments = [
            Repository.root.appending("Tests/TranscriptionServer/server.py").string, "--faults", faults.string, "--log", log.string,
        ]
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output.string))
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
        let port = try await eventually("the transcription server to listen") {
            guard process.isRunning else { throw Tool.Failed(description: "the transcription server ended") }
            return Int((try? String(contentsOfFile: output.string, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "")
        }
        url = "http://127.0.0.1:\(port)/v1"
    }

    deinit { stop() }

    public func stop() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// How the next requests are answered, one each: "429 1", "500", "hang", "break".
    public func answerNext(_ answers: [String]) throws {
        try Data(answers.map { "\($0)\n" }.joined().utf8).write(to: URL(fileURLWithPath: faults.string))
    }

    public func requests() throws -> [Request] {
        try String(contentsOfFile: log.string, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(Request.self, from: Data($0.utf8))
        }
    }
}
