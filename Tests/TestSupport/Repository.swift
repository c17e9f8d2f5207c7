import Foundation
import SystemPackage

/// Where the sources, the binary and the Python environment of this checkout are.
public enum Repository {
    public static let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()

    /// The binary that was built together with these tests.
    public static var binary: FilePath {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return FilePath(tests).removingLastComponent().appending("spoolscribe")
    }

    public static var python: FilePath { root.appending(".venv/bin/python3") }
}
