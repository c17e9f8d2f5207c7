import Crypto
import FoundationEssentials
import SystemPackage

/// `manifest.json`, written last into a bundle: without it the bundle is not finished.
public struct BundleManifest: Codable, Hashable, Sendable {
    public static let schemaVersion = 1
    public static let name = "manifest.json"

    public struct File: Codable, Hashable, Sendable {
        /// Relative to the bundle, with `/`.
        public var path: String
        public var bytes: Int64
        /// Lower-case hexadecimal.
        public var sha256: String
    }

    public struct Engine: Codable, Hashable, Sendable {
        public var name: String
        public var version: String
        public var model: String

        public init(name: String, version: String, model: String) {
            self.name = name
            self.version = version
            self.model = model
        }

        public init(_ provenance: Transcript.Provenance) {
            self.init(name: provenance.engine, version: provenance.engineVersion, model: provenance.model)
        }
    }

    public var schema = Self.schemaVersion
    public var videoID: String
    public var jobID: String
    public var createdAt: Timestamp
    public var spoolscribe: String
    public var engine: Engine?
    /// What is missing or doubtful, in words.
    public var warnings: [String]?
    public var files: [File]

    /// Lists and hashes what lies in the bundle, itself apart, in the order of the paths.
    public init(
        ofBundle folder: FilePath, videoID: String, jobID: String, createdAt: Timestamp, spoolscribe: String, engine: Engine?,
        warnings: [String]? = nil
    ) throws(SpoolError) {
        self.videoID = videoID
        self.jobID = jobID
        self.createdAt = createdAt
        self.spoolscribe = spoolscribe
        self.engine = engine
        self.warnings = warnings?.isEmpty == true ? nil : warnings
        files = []
        try add(folder, prefix: "")
        files.sort { $0.path < $1.path }
    }

    private mutating func add(_ folder: FilePath, prefix: String) throws(SpoolError) {
        for name in try FileSystem.list(folder) where name.string != Self.name {
            let path = folder.appending(name)
            if FileSystem.attributes(of: path)?.kind == .folder {
                try add(path, prefix: "\(prefix)\(name.string)/")
            } else {
                let (bytes, digest) = try FileDigest.sha256(of: path)
                files.append(File(path: prefix + name.string, bytes: bytes, sha256: digest))
            }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case schema, spoolscribe, engine, warnings, files
        case videoID = "video_id"
        case jobID = "job_id"
        case createdAt = "created_at"
    }
}

/// Hashes of whole files, read in pieces.
public enum FileDigest {
    /// Bytes read, and their SHA-256 in lower-case hexadecimal.
    public static func sha256(of path: FilePath) throws(SpoolError) -> (bytes: Int64, hex: String) {
        do {
            let file = try FileSystem.openRegular(path)
            defer { try? file.close() }
            var hash = SHA256()
            var total: Int64 = 0
            try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
                while true {
                    let count = try file.read(into: buffer)
                    if count == 0 { break }
                    hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    total += Int64(count)
                }
            }
            return (total, hash.finalize().hex)
        } catch let error as SpoolError {
            throw error
        } catch {
            throw SpoolError("hash", path, errno: error as? Errno)
        }
    }

    /// The SHA-256 of a text's UTF-8, in lower-case hexadecimal.
    public static func sha256(_ text: String) -> String { SHA256.hash(data: Data(text.utf8)).hex }
}
