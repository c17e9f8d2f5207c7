import FoundationEssentials
import Jobs
import Logging
import SpoolFiles
import SystemPackage
import Watcher

/// Leaves the recording in the job's folder as `source.*`: fetched, or dropped and settled.
struct DownloadStage: Stage {
    func run(_ work: StageWork) async throws(StageFailure) {
        if work.job.recording != nil { return try await settle(work) }
        guard let address = work.job.url.flatMap({ try? VideoAddress($0) }) else {
            throw .failed(Failure(.permanent, "bad_url", "the job has no address that can be fetched"))
        }
        try await requireWork(address, work)
        if try !isWhole(address, work) {
            // A link that looks like a file, and led to a page, is known by what is still to be fetched.
            let isFile = address.looksLikeMediaFile && work.downloadRecord?.awaitsCaptions != true
            let isFetched = isFile ? try await MediaFileDownload(address: address, work: work).run() : false
            if !isFetched { try await SiteDownload(address: address, work: work).run() }
        }
        // The items of a list that is followed have its wish, and say nothing of it.
        if let follow = work.job.spec.follow, work.job.listID == nil {
            try await work.learned(warnings: ["\"follow\": \"\(follow)\" is for playlists and channels, and this is a single video"])
        }
        try await identify(work, address)
    }

    /// All was fetched by an earlier run, perhaps without the last rename.
    private func isWhole(_ address: VideoAddress, _ work: StageWork) throws(StageFailure) -> Bool {
        guard let record = work.downloadRecord, let bytes = record.bytes, record.awaitsCaptions != true else { return false }
        if try work.source() != nil { return true }
        guard FileSystem.attributes(of: work.files.partialSource)?.size == bytes else { return false }
        try MediaFileDownload(address: address, work: work).putInPlace()
        return true
    }

    /// The video may have come another way since the link was dropped: an archive that was taken over, for example.
    private func requireWork(_ address: VideoAddress, _ work: StageWork) async throws(StageFailure) {
        guard work.job.spec.force != true, let video = try await work.record({ try await $0.video(address.videoID) }),
            video.deletedAt == nil, video.jobID != work.job.id
        else { return }
        throw .alreadyThere(jobID: video.jobID, videoID: video.id)
    }

    // MARK: Dropped recordings

    /// Waits until nobody writes the recording any more, and names the video by what is in it.
    private func settle(_ work: StageWork) async throws(StageFailure) {
        guard let source = try work.source() else {
            throw .failed(
                Failure(
                    .permanent, "recording_gone", "the recording \(work.job.recording ?? "") is no longer in the job's folder",
                    hint: "Drop it again"))
        }
        var last: FileSystem.Attributes?
        while true {
            let now = FileSystem.attributes(of: source)
            // Moved in whole or closed: the usual case waits for nothing.
            if WriterCheck.ask(source) == .free || now == last { break }
            last = now
            do { try await Task.sleep(for: .seconds(5)) } catch { throw .interrupted }
        }
        let (bytes, digest) = try await work.blocking { () throws(SpoolError) in try FileDigest.sha256(of: source) }
        try work.note(DownloadRecord(remote: nil, bytes: bytes))
        let info = SiteInfo(at: work.files.siteMetadata)?.metadata
        try await identified(info?.videoID ?? "file-\(digest.prefix(12))", title: info?.title ?? work.job.recordingTitle, work)
    }

    // MARK: What the source is

    private func identify(_ work: StageWork, _ address: VideoAddress) async throws(StageFailure) {
        let info = SiteInfo(at: work.files.siteMetadata)?.metadata
        try await identified(info?.videoID ?? address.videoID, title: info?.title ?? address.fileTitle, work)
    }

    /// Notes which video it is. One that another job has made, or is making, is not worked on twice.
    private func identified(_ videoID: String, title: String?, _ work: StageWork) async throws(StageFailure) {
        try await work.learned(title: title)
        try await work.requireOwnership(of: videoID)
        guard let twin = try await work.record({ try await $0.take(videoID, for: work.job) }) else { return }
        if twin.isFinished { throw .alreadyThere(jobID: twin.jobID, videoID: videoID) }
        throw .failed(
            Failure(
                .notYet, "same_video", "the same video is being worked on by job \(twin.jobID)",
                notBefore: await work.now().adding(seconds: 15)))
    }
}

extension StageWork {
    /// Where the source came from, and how far its transfer has come.
    var downloadRecord: DownloadRecord? { try? SpoolJSON.read(DownloadRecord.self, at: files.downloadRecord) }

    func note(_ record: DownloadRecord) throws(StageFailure) {
        try file { () throws(SpoolError) in try AtomicFile.write(SpoolJSON.data(record), to: files.downloadRecord, durability: .view) }
    }

    func source() throws(StageFailure) -> FilePath? { try file { () throws(SpoolError) in try files.source() } }
}
