import Foundation
import SystemPackage

/// One run of the binary's command line.
public enum Command {
    public struct Result: Sendable {
        public let code: Int32
        public let output: String
        public let errors: String
    }

    /// - Parameter umask: as the shell of who calls it has it.
    public static func run(_ arguments: [String], environment: [String: String] = [:], umask: String = "022") async throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "umask \(umask) && exec \"$0\" \"$@\"", Repository.binary.string] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let folder = try TemporaryFolder()
        let output = try folder.write("", to: "out")
        let errors = try folder.write("", to: "err")
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output.string))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors.string))
        try process.run()
        try await eventually("spoolscribe \(arguments.first ?? "") to end") { !process.isRunning }
        return Result(
            code: process.terminationStatus, output: try String(contentsOfFile: output.string, encoding: .utf8),
            errors: try String(contentsOfFile: errors.string, encoding: .utf8))
    }
}
