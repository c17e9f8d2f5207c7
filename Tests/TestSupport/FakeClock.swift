import Foundation
import SpoolFiles
import SystemPackage

/// A wall clock for one daemon that a test puts forward and back; the clocks that only go forward stay as they are.
public struct FakeClock: Sendable {
    /// For the daemon.
    public let environment: [String: String]
    private let time: FilePath

    public init(in folder: TemporaryFolder) async throws {
        time = try folder.write("0", to: "time")
        let library = folder.path.appending("fake_clock.so").string
        try await Tool.run(
            "clang", ["-shared", "-fPIC", "-O2", "-o", library, Repository.root.appending("Tests/FakeClock/fake_clock.c").string])
        environment = ["LD_PRELOAD": library, "FAKE_CLOCK_FILE": time.string]
    }

    /// - Parameter seconds: how far it is before the real time from now on.
    public func set(ahead seconds: Int) throws { try AtomicFile.write(Data("\(seconds)".utf8), to: time) }
}
