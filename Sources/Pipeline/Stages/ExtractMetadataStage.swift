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
        let info = SiteInfo(at: work.files.siteMetadata)?.metadata
        let download = try? SpoolJSON.read(DownloadRecord.self, at: work.files.downloadRecord)
        var metadata = VideoMetadata(
            videoID: videoID, title: job.spec.title ?? info?.title ?? job.title ?? videoID, site: job.site, media: probe.media,
            tags: (job.spec.tags ?? []) + (info?.tags ?? []), addedAt: job.createdAt, userID: job.userID)
        metadata.url = job.url
        metadata.file = job.recording
        info?.describe(&metadata)
        // A recording that came with what its site said is that site's.
        if job.recording != nil, info?.videoID != nil, let site = metadata.url.flatMap({ try? VideoAddress($0).site }) {
            metadata.site = site
        }
        if metadata.playlist == nil, let list = try await work.list() {
            metadata.playlist = .init(id: list.summary.id ?? list.addressID, title: list.summary.title, index: nil)
        }
        metadata.sourceBytes = download?.bytes
        if let source = try work.file({ () throws(SpoolError) in try work.files.source() }) {
            if job.recording != nil, let attributes = FileSystem.attributes(of: source) {
                metadata.sourceModified = Timestamp(milliseconds: attributes.modified / 1_000_000)
            }
            try await makeThumbnail(source, work)
        }
        let chapters = info?.chapters(duration: probe.media.duration)
        try work.file { () throws(SpoolError) in
            if let chapters { try AtomicFile.write(SpoolJSON.data(chapters), to: work.files.chapters, durability: .view) }
            try AtomicFile.write(SpoolJSON.data(metadata), to: work.files.metadata, durability: .view)
        }
    }

    /// The site's own picture, or else one of the recording.
    private func makeThumbnail(_ source: FilePath, _ work: StageWork) async throws(StageFailure) {
        if FileSystem.exists(work.files.thumbnail) { return }
        let tool = MediaTool(toolbox: work.toolbox, settings: work.settings)
        if let picture = try work.file({ () throws(SpoolError) in try work.files.sitePicture() }),
            try await tool.still(of: picture, into: work.files.folder)
        {
            return
        }
        _ = try await tool.still(of: source, into: work.files.folder)
    }
}
