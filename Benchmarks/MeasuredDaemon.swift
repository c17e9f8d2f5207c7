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
        var most = 0
        for child in try children(named: name) {
            // It may end at any moment.
            guard let status = try? String(contentsOfFile: "/proc/\(child)/status", encoding: .utf8),
                let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM") })
            else { continue }
            most = max(most, (Int(line.filter(\.isNumber)) ?? 0) * 1024)
        }
        return most
    }

    /// Ends the children whose command line holds the name, as a lack of memory would.
    /// - Returns: whether there was one.
    func killChild(named name: String) throws -> Bool {
        let found = try children(named: name)
        for child in found { Foundation.kill(child, SIGKILL) }
        return !found.isEmpty
    }

    private func children(named name: String) throws -> [Int32] {
        guard let process else { return [] }
        let all = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/task").flatMap { thread in
            ((try? String(contentsOfFile: "/proc/\(process.processIdentifier)/task/\(thread)/children", encoding: .utf8)) ?? "")
                .split(separator: " ")
        }
        return Set(all).compactMap { Int32($0) }.filter { child in
            (try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8))?.contains(name) == true
        }
    }

    /// Seconds of processor time of the daemon, of its recogniser and of all children that have ended.
    func processorSeconds() throws -> Double {
        guard let process else { return 0 }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        return try ([process.processIdentifier] + children(named: "whisper_worker")).reduce(0) { sum, id in
            let stat = try String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
            // Behind the name, which may hold anything: user, system, and both of children that were waited for.
            let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
            return sum + fields[12...15].compactMap { Double($0) }.reduce(0, +) / ticks
        }
    }

    /// The status of a job that is completed or has failed; `nil` of any other.
    func ended(_ jobID: String) -> StatusSidecar? {
        [JobState.completed, .failed].lazy.flatMap { state in
            ((try? FileSystem.list(self.layout.stageFolder(state))) ?? []).map { self.layout.job(jobID, in: state, endedOn: $0.string) }
        }.compactMap { try? SpoolJSON.read(StatusSidecar.self, at: $0.appending(SpoolLayout.sidecarName)) }.first
    }

    func receipt(_ name: String) -> FilePath { layout.receipt(for: name, in: .incoming) }
}
