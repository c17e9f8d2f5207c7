import Foundation
import SpoolFiles
import SystemPackage

/// The real binary, running on a spool.
public final class Daemon: @unchecked Sendable {
    // Safe: `process` is changed only by the one test that owns the daemon.
    public let layout: SpoolLayout
    private let extra: [String]
    private let environment: [String: String]
    private let wrapper: [String]
    private var process: Process?
    public let log: FilePath

    /// - Parameters:
    ///   - set: settings as `name=value`.
    ///   - wrapper: a program with its arguments that runs it in its own place.
    public init(
        spool: FilePath, set: [String] = [], through wrapper: [String] = [], log: FilePath? = nil, environment: [String: String] = [:]
    ) {
        layout = SpoolLayout(root: spool)
        extra = (["network.allow_addresses=127.0.0.1", "disk.floor=0", "report.delay_seconds=0.1", "spool.companion_seconds=0"] + set)
            .flatMap { ["--set", $0] }
        self.environment = environment
        self.wrapper = wrapper
        self.log = log ?? spool.removingLastComponent().appending("\(spool.lastComponent!.string).log")
    }

    deinit { kill() }

    public var processID: Int32? { process?.processIdentifier }
    public var isRunning: Bool { process?.isRunning == true }

    /// Starts it and waits until it says that it is ready.
    public func start() async throws {
        try Data().write(to: URL(fileURLWithPath: log.string))
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log.string))
        let process = Process()
        let command = [Repository.binary.string, "run", "--spool", layout.root.string] + extra
        let whole = wrapper + command
        process.executableURL = URL(fileURLWithPath: whole[0])
        process.arguments = Array(whole.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
        try await eventually("the daemon to be ready") {
            guard process.isRunning else { throw Tool.Failed(description: "the daemon ended: \(self.logText)") }
            return self.logText.contains("] ready")
        }
    }

    /// Asks it to stop.
    /// - Returns: its exit code.
    @discardableResult
    public func stop() async throws -> Int32 {
        guard let process else { return -1 }
        process.terminate()
        try await eventually("the daemon to stop") { !process.isRunning }
        self.process = nil
        return process.terminationStatus
    }

    /// Kills it as a power cut would.
    public func kill() {
        guard let process, process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    public var logText: String { (try? String(contentsOfFile: log.string, encoding: .utf8)) ?? "" }

    // MARK: What is in the spool

    /// Moves a finished file into a control folder.
    public func drop(_ text: String, as name: String, in folder: ControlFolder = .incoming) throws {
        try drop(Data(text.utf8), as: name, in: DropPlace(folder))
    }

    public func drop(_ data: Data, as name: String, in place: DropPlace = DropPlace(.incoming)) throws {
        let hidden = layout.control(place).appending(".\(UUID().uuidString)")
        try data.write(to: URL(fileURLWithPath: hidden.string))
        try FileSystem.move(hidden, to: layout.control(place).appending(name))
    }

    /// Copies a recording into `incoming/`, as `cp` does.
    public func drop(_ file: FilePath, as name: String) throws {
        try FileManager.default.copyItem(atPath: file.string, toPath: layout.control(.incoming).appending(name).string)
    }

    /// - Parameter earlier: the id of an earlier drop of that name, whose receipt is not meant.
    public func receipt(for name: String, in folder: ControlFolder = .incoming, after earlier: String? = nil) async throws -> Receipt {
        do {
            return try await eventually("a receipt for \(name) in \(folder.rawValue)") {
                let receipt = try? SpoolJSON.read(Receipt.self, at: self.layout.receipt(for: name, in: folder))
                return receipt?.dropID == earlier ? nil : receipt
            }
        } catch let error as OutOfPatience {
            throw OutOfPatience(what: "\(error.what); the log: \(logText.suffix(4000))")
        }
    }

    /// Drops an order and waits for its answer.
    public func ask(_ text: String, as name: String, in folder: ControlFolder) async throws -> Receipt {
        let earlier = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: name, in: folder)).dropID
        try drop(text, as: name, in: folder)
        return try await receipt(for: name, in: folder, after: earlier)
    }

    /// Every status file that is there now, by job.
    public func sidecars() throws -> [StatusSidecar] {
        var found: [StatusSidecar] = []
        for state in JobState.allCases {
            let folder = layout.stageFolder(state)
            let parents = state.hasEnded ? try FileSystem.list(folder).map { folder.appending($0) } : [folder]
            for parent in parents {
                for name in try FileSystem.list(parent) {
                    let path = parent.appending(name).appending(SpoolLayout.sidecarName)
                    // A folder may move between the listing and the reading.
                    if let sidecar = try? SpoolJSON.read(StatusSidecar.self, at: path) { found.append(sidecar) }
                }
            }
        }
        return found
    }

    /// Every status file once each job waits and no folder moves any more; for daemons whose disk is below its floor.
    public func waitingSidecars(_ count: Int) async throws -> [StatusSidecar] {
        try await eventually("\(count) jobs to wait") {
            let all = try self.sidecars()
            return all.count == count && all.allSatisfy { $0.status == .pending } ? all : nil
        }
    }

    public func sidecar(_ jobID: String) throws -> StatusSidecar? { try sidecars().first { $0.jobID == jobID } }

    /// Waits until the job is where the condition wants it.
    public func job(_ jobID: String, within seconds: Double = 600, _ what: String, _ condition: (StatusSidecar) -> Bool) async throws
        -> StatusSidecar
    {
        do {
            return try await eventually("job \(jobID) to be \(what)", within: seconds) {
                try self.sidecar(jobID).flatMap { condition($0) ? $0 : nil }
            }
        } catch let error as OutOfPatience {
            let now = try sidecar(jobID).map { String(decoding: SpoolJSON.data($0), as: UTF8.self) } ?? "nowhere"
            throw OutOfPatience(what: "\(error.what); it is \(now); the log: \(logText.suffix(4000))")
        }
    }

    public func ended(_ jobID: String, within seconds: Double = 600) async throws -> StatusSidecar {
        try await job(jobID, within: seconds, "ended") { $0.status.hasEnded }
    }

    public func transcript(of videoID: String) throws -> Transcript {
        try SpoolJSON.read(Transcript.self, at: layout.bundle(videoID).appending(Transcript.name))
    }
}
