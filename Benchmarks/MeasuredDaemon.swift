import Foundation
import SpoolFiles
import SystemPackage

/// The release binary at work on a spool of its own.
final class MeasuredDaemon {
    let layout: SpoolLayout
    private let binary: String
    private let settings: [String]
    private let log: FilePath
    private var process: Process?

    /// - Parameter settings: as `name=value`.
    init(place: FilePath, binary: String, settings: [String]) {
        layout = SpoolLayout(root: place.appending("spool"))
        log = place.appending("log")
        self.binary = binary
        self.settings = settings.flatMap { ["--set", $0] }
    }

    /// A floor that no disk has: every job waits, and only taking is measured.
    static let noWork = "disk.floor=1125899906842624"

    func start() async throws {
        try Data().write(to: URL(fileURLWithPath: log.string))
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log.string))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments = ["--spool", layout.root.string, "run"] + settings
        process.standardOutput = output
        process.standardError = output
        try process.run()
        self.process = process
        while !((try? String(contentsOfFile: log.string, encoding: .utf8)) ?? "").contains("] ready") {
            guard process.isRunning else { throw Failed(description: "the daemon ended; see \(log)") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    struct Failed: Error, CustomStringConvertible { let description: String }

    func kill() {
        guard let process, process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    deinit { kill() }

    /// Bytes of memory in use, and how often each thread has waited for something so far.
    func usage() throws -> (bytes: Int, waits: [String: Int]) {
        guard let process else { return (0, [:]) }
        func field(_ name: String, _ file: String) -> Int {
            let line = file.split(separator: "\n").first { $0.hasPrefix(name) }
            return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
        }
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/task")
        var waits: [String: Int] = [:]
        for thread in threads {
            let path = "/proc/\(process.processIdentifier)/task/\(thread)/status"
            waits[thread] = field("voluntary_ctxt_switches", (try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
        }
        return (field("VmRSS", status) * 1024, waits)
    }

    /// Bytes of memory that a child has used at most, of those whose command line holds the name; 0 if there is none.
    func childBytes(named name: String) throws -> Int {
        guard let process else { return 0 }
        var most = 0
        let all = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/task").flatMap { thread in
            ((try? String(contentsOfFile: "/proc/\(process.processIdentifier)/task/\(thread)/children", encoding: .utf8)) ?? "")
                .split(separator: " ")
        }
        for child in Set(all) {
            // It may end at any moment.
            guard let command = try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8), command.contains(name),
                let status = try? String(contentsOfFile: "/proc/\(child)/status", encoding: .utf8),
                let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM") })
            else { continue }
            most = max(most, (Int(line.filter(\.isNumber)) ?? 0) * 1024)
        }
        return most
    }

    func receipt(_ name: String) -> FilePath { layout.receipt(for: name, in: .incoming) }
}
