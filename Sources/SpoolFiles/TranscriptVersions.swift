import SystemPackage

/// The transcripts that a bundle holds: the current one, and those that it replaced.
public struct TranscriptVersions: Sendable {
    public struct Version: Sendable {
        public let isCurrent: Bool
        public let transcript: Transcript

        /// By which people name it.
        public var id: String { transcript.provenance.jobID }
    }

    /// The current one first, then the newest.
    public let all: [Version]

    public var current: Version? { all.first { $0.isCurrent } }

    /// Of the others, those that can be read.
    /// - Parameter withWords: the single words with their times, which are most of what there is to be read.
    /// - Throws: if the current one is there and cannot be read.
    public init(bundle: FilePath, withWords: Bool = true) throws {
        func read(_ path: FilePath) throws -> Transcript {
            try withWords ? SpoolJSON.read(Transcript.self, at: path) : Transcript.readWithoutWords(at: path)
        }
        let folder = bundle.appending(Self.folder)
        var found: [Version] = []
        for name in try FileSystem.list(folder) {
            guard let transcript = try? read(folder.appending(name)) else { continue }
            found.append(Version(isCurrent: false, transcript: transcript))
        }
        found.sort { $0.transcript.provenance.createdAt > $1.transcript.provenance.createdAt }
        let path = bundle.appending(Transcript.name)
        if FileSystem.exists(path) {
            found.insert(Version(isCurrent: true, transcript: try read(path)), at: 0)
        }
        all = found
    }

    /// One by its id, or by the end of it that no other has.
    public func version(_ id: String) -> Version? {
        if let exact = all.first(where: { $0.id == id }) { return exact }
        let ending = all.filter { $0.id.hasSuffix(id) }
        return ending.count == 1 && id.count >= 4 ? ending[0] : nil
    }

    public static let folder = "transcripts"

    /// Where an earlier one lies in a bundle.
    public static func path(_ id: String) -> String { "\(folder)/\(id).json" }

    /// The id of the earlier one that lies there in a bundle; `nil` if none does.
    public static func id(_ path: String) -> String? {
        guard path.hasPrefix("\(folder)/"), path.hasSuffix(".json") else { return nil }
        return String(path.dropFirst(folder.count + 1).dropLast(".json".count))
    }
}
