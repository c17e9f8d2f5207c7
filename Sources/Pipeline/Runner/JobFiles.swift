import Jobs
import SpoolFiles
import SystemPackage

/// The names in a job's folder, where each stage leaves what the next one needs.
struct JobFiles: Sendable {
    let folder: FilePath

    static let siteMetadata = "info.json"

    /// The recording as it was fetched or dropped: `source.mp4`.
    func source() throws(SpoolError) -> FilePath? {
        for name in try FileSystem.list(folder) where DropName.stem(name.string) == "source" {
            if !["part", "ytdl", "json"].contains(DropName.fileExtension(name.string)) { return folder.appending(name) }
        }
        return nil
    }

    /// Where a recording goes whose dropped name is given.
    func source(named name: String) -> FilePath {
        let ending = DropName.fileExtension(name)
        let isPlain = !ending.isEmpty && ending.utf8.count <= 16 && ending.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return folder.appending("source.\(isPlain ? ending : "bin")")
    }

    /// Where a file goes that was dropped with the recording. Its folder is made.
    func place(for companion: RequestedJob.Companion) throws(SpoolError) -> FilePath {
        switch companion.kind {
        case .siteMetadata: return siteMetadata
        case .picture(let ending): return sitePicture(ending)
        case .captions:
            try FileSystem.makeFolder(captions)
            return captions.appending(companion.path.split(separator: "/").last.map(String.init) ?? companion.path)
        }
    }

    /// Subtitles that came with the recording.
    var captions: FilePath { folder.appending("captions") }

    /// Whether a file came with the job, or may have, rather than being made by a stage.
    static func isDropped(_ name: String, of job: Job) -> Bool {
        guard job.recording != nil || job.origin == .reprocess else { return false }
        return ["source", Self.sitePicture].contains(DropName.stem(name)) || [siteMetadata, "captions"].contains(name)
            || job.origin == .reprocess && name == VideoMetadata.name
    }

    var partialSource: FilePath { folder.appending("source.part") }
    var downloadRecord: FilePath { folder.appending("download.json") }
    var siteMetadata: FilePath { folder.appending(Self.siteMetadata) }
    var probe: FilePath { folder.appending("probe.json") }
    var speech: FilePath { folder.appending("speech.wav") }
    var parts: FilePath { folder.appending("parts.jsonl") }
    /// The channels that may be heard by themselves.
    static let channelNumbers = [1, 2]
    func speech(channel: Int) -> FilePath { folder.appending("speech-\(channel).wav") }
    func parts(channel: Int) -> FilePath { folder.appending("parts-\(channel).jsonl") }
    var transcript: FilePath { folder.appending(Transcript.name) }
    var metadata: FilePath { folder.appending(VideoMetadata.name) }
    var thumbnail: FilePath { folder.appending("thumbnail.jpg") }
    var chapters: FilePath { folder.appending(Chapters.name) }
    var comments: FilePath { folder.appending(Comment.name) }

    private static let sitePicture = "site_thumbnail"

    /// The site's own picture, as it was fetched or dropped.
    func sitePicture() throws(SpoolError) -> FilePath? {
        try FileSystem.list(folder).first { DropName.stem($0.string) == Self.sitePicture }.map { folder.appending($0) }
    }

    private func sitePicture(_ ending: String) -> FilePath { folder.appending("\(Self.sitePicture).\(ending)") }
}

/// `download.json`: where the source came from, and how far its transfer has come.
struct DownloadRecord: Codable, Sendable, Hashable {
    var remote: CurlTransfer.Remote?
    /// Bytes of the whole source; absent until it is whole.
    var bytes: Int64?
    /// The source is whole, and its site has not been asked for captions yet.
    var awaitsCaptions: Bool?
}

/// `probe.json`: what the recording holds.
struct ProbeRecord: Codable, Sendable {
    var media: VideoMetadata.Media
    /// The name of the copied sound track.
    var audio: String?
}
