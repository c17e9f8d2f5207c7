import CLinux
import SpoolFiles
import Subprocess
import Synchronization
import SystemPackage

/// One run of a program, in its own process group, that ends with the task that runs it.
struct ChildProcess: Sendable {
    struct Ending: Sendable {
        let status: TerminationStatus
        /// The last lines of standard error.
        let errorTail: [String]

        var isSuccess: Bool { status.isSuccess }

        /// A signal ended it, rather than it itself.
        var wasKilled: Bool {
            if case .signaled = status { true } else { false }
        }

        /// "ended with exit code 3", "was killed by signal 9".
        var words: String {
            switch status {
            case .exited(let code): "ended with exit code \(code)"
            case .signaled(let signal): "was killed by signal \(signal)"
            }
        }
    }

    let executable: FilePath
    let arguments: [String]
    var environment: [String: String] = [:]
    var workingDirectory: FilePath?
    /// Seconds between TERM and KILL when the task is cancelled.
    var grace = 5.0
    /// Seconds without a line of output after which it counts as hanging and is ended.
    var stall = 900.0

    /// What it reads from standard input; nothing by default. At most some kilobytes.
    var input: String?

    /// It gave no sign of life for too long and was ended.
    struct Stalled: Error {}

    /// Runs it to its end. `line` sees each line of standard output as it comes.
    ///
    /// Cancelling the task sends TERM to the whole process group and KILL after the grace time.
    /// - Throws: `Stalled`, `CancellationError`, or what the start of the program threw.
    func run(line: @escaping @Sendable (String) -> Void) async throws -> Ending {
        let life = SignOfLife()
        return try await withThrowingTaskGroup { group in
            group.addTask {
                try await runUnwatched { text in
                    life.note()
                    line(text)
                }
            }
            group.addTask {
                while true {
                    let deadline = life.last + .seconds(stall)
                    if ContinuousClock.now >= deadline { throw Stalled() }
                    try await Task.sleep(until: deadline, clock: .continuous)
                }
            }
            defer { group.cancelAll() }
            return try await group.next()!
        }
    }

    private func runUnwatched(line: @escaping @Sendable (String) -> Void) async throws -> Ending {
        guard let input else { return try await run(reading: .none, line: line) }
        // A nameless file rather than a pipe: a child that does not read it is no error.
        let number = linux_memory_file("input")
        guard number >= 0 else { throw Errno(rawValue: errno) }
        let file = FileDescriptor(rawValue: number)
        try file.writeAll(input.utf8)
        try file.seek(offset: 0, from: .start)
        return try await run(reading: .fileDescriptor(file, closeAfterSpawningProcess: true), line: line)
    }

    private func run(reading input: some InputProtocol, line: @escaping @Sendable (String) -> Void) async throws -> Ending {
        let tail = Tail()
        let result = try await Subprocess.run(
            configuration, input: input, output: .sequence, error: .sequence
        ) { execution in
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for try await text in execution.standardError.lines() { tail.add(text) }
                }
                for try await text in execution.standardOutput.lines() { line(text) }
                try await group.waitForAll()
            }
        }
        return Ending(status: result.terminationStatus, errorTail: tail.lines)
    }

    /// With nothing of our environment but what a program needs, so that no secret leaks into it.
    var configuration: Configuration {
        var values: [Environment.Key: String] = ["LANG": "C.UTF-8"]
        let kept: [Environment.Key] = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "OPENBLAS_CORETYPE", "HF_HOME"]
        for key in kept { values[key] = Self.variable(key.rawValue) }
        for (key, value) in environment { values[Environment.Key(rawValue: key)!] = value }
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(grace))
        ]
        return Configuration(
            executable: .path(executable), arguments: Arguments(arguments), environment: .custom(values),
            workingDirectory: workingDirectory, platformOptions: options)
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

#if canImport(Glibc)
    import Glibc
#endif

extension SubprocessOutputSequence {
    /// Lines ended by a line feed; other line separators of Unicode are text.
    func lines() -> StringSequence<UTF8> {
        strings(separatedBy: .unicodeScalarSequence(["\n" as Unicode.Scalar]), bufferingPolicy: .maxLineLength(64 << 20))
    }
}

/// The last lines that a program wrote.
final class Tail: Sendable {
    private let kept = Mutex<[String]>([])

    func add(_ line: String) {
        let line = line.trimmed
        guard !line.isEmpty else { return }
        kept.withLock { lines in
            lines.append(line)
            if lines.count > 20 { lines.removeFirst() }
        }
    }

    var lines: [String] { kept.withLock { $0 } }
}

/// When something was last heard.
private final class SignOfLife: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var last: ContinuousClock.Instant { instant.withLock { $0 } }
    func note() { instant.withLock { $0 = .now } }
}
