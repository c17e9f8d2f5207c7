import FoundationEssentials
import SpoolFiles
import SystemPackage

/// `parts.jsonl`: the plan of a transcription and each part as it was heard, so that a crash costs one part.
struct PartsFile: Sendable {
    let path: FilePath

    /// What the file holds.
    struct Contents: Sendable {
        var identity: RecogniserIdentity?
        var wish: RecognitionWish?
        var plan: TranscriptionPlan?
        var parts: [Int: TranscribedPart] = [:]
    }

    private struct Line: Codable {
        var identity: RecogniserIdentity?
        var wish: RecognitionWish?
        var plan: TranscriptionPlan?
        var part: TranscribedPart?
    }

    /// Reads what is there. A line cut off by a crash is as good as none.
    func read() throws(SpoolError) -> Contents {
        var contents = Contents()
        guard FileSystem.exists(path) else { return contents }
        for text in try FileSystem.read(path, limit: 1 << 30).split(separator: UInt8(ascii: "\n")) {
            guard let line = try? JSONDecoder().decode(Line.self, from: text) else { continue }
            if let identity = line.identity { contents.identity = identity }
            if let wish = line.wish { contents.wish = wish }
            if let plan = line.plan { contents.plan = plan }
            if let part = line.part { contents.parts[part.index] = part }
        }
        return contents
    }

    /// What is there, if the engine is this one and was told the same; parts that were heard otherwise are of no use.
    func read(heardBy engine: String, as wish: RecognitionWish) throws(SpoolError) -> Contents {
        let contents = try read()
        return contents.identity?.engine == engine && contents.wish == wish ? contents : Contents()
    }

    func begin(_ identity: RecogniserIdentity, as wish: RecognitionWish, _ plan: TranscriptionPlan) throws(SpoolError) {
        try AtomicFile.write(SpoolJSON.line(Line(identity: identity, wish: wish, plan: plan)), to: path, durability: .view)
    }

    func append(_ part: TranscribedPart) throws(SpoolError) {
        do {
            let file = try FileDescriptor.open(path, .writeOnly, options: [.append, .closeOnExec, .noFollow])
            defer { try? file.close() }
            // A line feed first, should a crash have cut the last line off.
            try (Data("\n".utf8) + SpoolJSON.line(Line(part: part))).withUnsafeBytes { bytes in _ = try file.writeAll(bytes) }
        } catch {
            throw SpoolError("add a part to", path, errno: error as? Errno)
        }
    }
}
