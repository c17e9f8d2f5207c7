import SpoolFiles
import SystemPackage

/// A finished bundle, as the report shows it.
struct BundleReader: Sendable {
    let path: FilePath
    let metadata: VideoMetadata
    let transcript: Transcript
    let manifest: BundleManifest
    let chapters: [Chapters.Chapter]
    /// `nil` if there are none, or they cannot be read.
    let relations: Relations?

    /// - Throws: if the bundle is not finished or cannot be read.
    init(_ path: FilePath) throws {
        self.path = path
        manifest = try SpoolJSON.read(BundleManifest.self, at: path.appending(BundleManifest.name))
        metadata = try SpoolJSON.read(VideoMetadata.self, at: path.appending(VideoMetadata.name))
        transcript = try Transcript.readWithoutWords(at: path.appending(Transcript.name))
        chapters = (try? SpoolJSON.read(Chapters.self, at: path.appending(Chapters.name)))?.chapters ?? []
        relations = try? SpoolJSON.read(Relations.self, at: path.appending(Relations.name))
    }

    /// All transcripts that it holds, if there are several, without their words; read anew at each call.
    func versions() throws -> [TranscriptVersions.Version] {
        let hasEarlier = manifest.files.contains { TranscriptVersions.id($0.path) != nil }
        return hasEarlier ? try TranscriptVersions(bundle: path, withWords: false).all : []
    }

    /// The media file that people play: the picture if it was kept, else the sound.
    var media: BundleManifest.File? {
        manifest.files.first { $0.path.hasPrefix("media/video.") } ?? manifest.files.first { $0.path.hasPrefix("media/audio.") }
    }

    /// The first comments of the bundle, and how many there are in all.
    func comments(limit: Int) throws -> (first: [Comment], count: Int) {
        let file = path.appending(Comment.name)
        guard FileSystem.exists(file) else { return ([], 0) }
        var (first, count): ([Comment], Int) = ([], 0)
        try LineReader.forEach(file) { line, _ in
            count += 1
            if first.count < limit { first.append(try SpoolJSON.decode(Comment.self, from: line)) }
        }
        return (first, count)
    }

    var thumbnail: BundleManifest.File? { manifest.files.first { $0.path == "media/thumbnail.jpg" } }
}
