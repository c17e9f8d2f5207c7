import Foundation
import Subprocess
import SystemPackage

/// Programs that tests need.
public enum Tool {
    public struct Failed: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    /// Runs a program found on the PATH and returns what it printed.
    @discardableResult
    public static func run(_ name: String, _ arguments: [String]) async throws -> String {
        let executable: Executable = name.hasPrefix("/") ? .path(FilePath(name)) : .name(name)
        let result = try await Subprocess.run(
            executable, arguments: Arguments(arguments), output: .string(limit: 16 << 20), error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else {
            throw Failed(description: "\(name) \(arguments.joined(separator: " ")): \(result.terminationStatus): \(result.standardError)")
        }
        return result.standardOutput
    }
}
