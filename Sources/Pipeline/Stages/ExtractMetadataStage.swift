import FoundationEssentials
import Jobs
import SpoolFiles
import SystemPackage

/// Leaves `metadata.json`, and `thumbnail.jpg` where the recording has a picture.
struct ExtractMetadataStage: Stage {
    func run(_ work: StageWork) async throws(StageFailure) {
        let job = work.job
        // What was known of the stored video is known still.
        if job.origin == .reprocess, FileSystem.exists(work.files.metadata) { return }
        guard let videoID = job.videoID, let probe = try? SpoolJSON.read(ProbeRecord.self, at: work.files.probe) else {
            throw .failed(
                Failure(
                    .permanent, "incomplete", "what earlier stages left is no longer in the job's folder",
                    hint: "Drop the link or recording again"))
        }
        let info = try? SpoolJSON.read(SiteMetadata.self, at: work.files.siteMetadata)
        let download = try? SpoolJSON.read(DownloadRecord.self, at: work.files.downloadRecord)
        var metadata = VideoMetadata(
            videoID: videoID, title: job.spec.title ?? job.title ?? info?.title ?? videoID, site: job.site, media: probe.media,
            tags: (job.spec.tags ?? []) + (info?.tags ?? []), addedAt: job.createdAt, userID: job.userID)
        metadata.url = info?.webpageURL ?? job.url
        metadata.file = job.recording
        metadata.channel = info?.channel ?? info?.uploader
        metadata.channelURL = info?.channelURL
        metadata.description = info?.description
        metadata.uploadDate = info?.uploadDate.flatMap(Self.day)
        metadata.language = info?.language
        metadata.viewCount = info?.viewCount
        metadata.likeCount = info?.likeCount
        metadata.sourceBytes = download?.bytes
        if let source = try work.file({ () throws(SpoolError) in try work.files.source() }) {
            if job.recording != nil, let attributes = FileSystem.attributes(of: source) {
                metadata.sourceModified = Timestamp(milliseconds: attributes.modified / 1_000_000)
            }
            if !FileSystem.exists(work.files.thumbnail) {
                _ = try await MediaTool(toolbox: work.toolbox, settings: work.settings).still(of: source, into: work.files.folder)
            }
        }
        try work.file { () throws(SpoolError) in
            try AtomicFile.write(SpoolJSON.data(metadata), to: work.files.metadata, durability: .view)
        }
    }

    /// `20261125` as `2026-11-25`.
    static func day(_ text: String) -> String? {
        guard text.count == 8, text.allSatisfy(\.isNumber) else { return nil }
        return "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))"
    }
}
