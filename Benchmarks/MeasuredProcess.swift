import Foundation
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// A program run to its end, with what it took.
enum MeasuredProcess {
    /// - Returns: what it printed, its seconds of processor time, and its bytes of memory at most.
    static func run(_ program: String, _ arguments: [String]) throws -> (output: String, cpu: Double, bytes: Int) {
        // Through time(1), which alone tells of one child.
        let process = Process()
        let report = FilePath(FileManager.default.temporaryDirectory.path).appending("time-\(UUID().uuidString)")
        defer { unlink(report.string) }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/time")
        process.arguments = ["-f", "%U %S %M", "-o", report.string, program] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw MeasuredDaemon.Failed(description: "\(program) ended with \(process.terminationStatus)")
        }
        let line = (try String(contentsOfFile: report.string, encoding: .utf8)).split(separator: "\n").last ?? ""
        let numbers = line.split(separator: " ").compactMap { Double($0) }
        guard numbers.count == 3 else { return (output, 0, 0) }
        return (output, numbers[0] + numbers[1], Int(numbers[2]) * 1024)
    }
}

/// How far a transcript is from what was said.
enum WordErrors {
    /// Wrong, missing and added words for each word that was said.
    static func rate(_ heard: String, against said: String) -> Double {
        let (reference, hypothesis) = (words(said), words(heard))
        var previous = Array(0...hypothesis.count)
        for (row, word) in reference.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(hypothesis.count + 1)
            for (column, other) in hypothesis.enumerated() {
                current.append(min(previous[column] + (word == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return Double(previous[hypothesis.count]) / Double(max(reference.count, 1))
    }

    private static func words(_ text: String) -> [Int] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" }.map { $0.hashValue }
    }
}
