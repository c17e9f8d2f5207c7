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
        if try isWhole(address, work) { return try await identify(work, address) }
        if address.looksLikeMediaFile {
            if try await fetch(address, work) { return try await identify(work, address) }
        }
        try await YtDlp(toolbox: work.toolbox, settings: work.settings).download(address.url, into: work.files.folder, now: work.now) {
            update in
            let fraction = update.total.map { $0 > 0 ? update.done / $0 : 0 } ?? 0
            work.progress.report(
                fraction, .init(unit: "bytes", done: update.done, total: update.total, speed: update.speed, eta: update.eta))
        }
        guard let source = try work.file({ () throws(SpoolError) in try work.files.source() }) else {
            throw .failed(Failure(.permanent, "no_video", "yt-dlp found no video at \(address.url)", hint: "Check the link in a browser"))
        }
        try note(work, DownloadRecord(remote: nil, bytes: FileSystem.attributes(of: source)?.size))
        try await identify(work, address)
    }

    /// The source was fetched by an earlier run, perhaps without its last rename.
    private func isWhole(_ address: VideoAddress, _ work: StageWork) throws(StageFailure) -> Bool {
        guard let record = record(work), let bytes = record.bytes else { return false }
        if try work.file({ () throws(SpoolError) in try work.files.source() }) != nil { return true }
        guard FileSystem.attributes(of: work.files.partialSource)?.size == bytes else { return false }
        try putInPlace(address, work)
        return true
    }

    private func putInPlace(_ address: VideoAddress, _ work: StageWork) throws(StageFailure) {
        let target = work.files.folder.appending("source.\(address.mediaExtension ?? "bin")")
        try work.file { () throws(SpoolError) in try FileSystem.move(work.files.partialSource, to: target) }
    }

    // MARK: Plain media files

    /// - Returns: `false` if the address leads to a web page in which yt-dlp must find the media.
    private func fetch(_ address: VideoAddress, _ work: StageWork) async throws(StageFailure) -> Bool {
        var resume = record(work)?.remote
        var hasBegunAgain = false
        let part = work.files.partialSource
        while true {
            let before = FileSystem.attributes(of: part)?.size ?? 0
            if let known = resume, let total = known.total, total > 0, before == total {
                // All of it came, and then we were stopped.
                try finish(address, known, total, work)
                return true
            }
            let transfer = CurlTransfer(url: address.url, target: part, resume: resume, settings: work.settings.network)
            let ending = await transfer.run { progress in
                let total = progress.total.map(Double.init)
                let done = Double(progress.bytes)
                let eta = total.flatMap { progress.speed > 0 ? ($0 - done) / progress.speed : nil }
                work.progress.report(
                    total.map { $0 > 0 ? done / $0 : 0 } ?? 0,
                    .init(unit: "bytes", done: done, total: total, speed: progress.speed, eta: eta))
            } headers: { remote in
                // Kept from the first byte on: after a crash this is what lets the rest be asked for.
                do throws(StageFailure) {
                    try note(work, DownloadRecord(remote: remote))
                } catch {
                    work.logger.warning(
                        "what the server told could not be noted; after a crash this download would begin again",
                        metadata: ["job": "\(work.job.id)", "reason": "\(error)"])
                }
            }
            switch ending {
            case .complete(let remote, let bytes):
                try finish(address, remote, bytes, work)
                return true
            case .webPage:
                try work.file { () throws(SpoolError) in try FileSystem.remove(part) }
                return false
            case .cancelled:
                throw .interrupted
            case .failed(let failure, let remote):
                // Something came: go on from there at once. A limit is on standing still, not on being long.
                let after = FileSystem.attributes(of: part)?.size ?? 0
                if failure.code == "range_refused", !hasBegunAgain {
                    // The part here is not a part of what is there: a longer or an older file.
                    try work.file { () throws(SpoolError) in try FileSystem.remove(part) }
                    hasBegunAgain = true
                    resume = nil
                    continue
                }
                if after == 0 { try work.file { () throws(SpoolError) in try FileSystem.remove(part) } }
                guard failure.class == .transient, let remote, remote.validator != nil, after > before else { throw .failed(failure) }
                work.logger.info(
                    "the transfer broke and goes on",
                    metadata: ["job": "\(work.job.id)", "bytes": "\(after)", "reason": "\(failure.message)"])
                resume = remote
            }
        }
    }

    private func finish(_ address: VideoAddress, _ remote: CurlTransfer.Remote, _ bytes: Int64, _ work: StageWork) throws(StageFailure) {
        guard bytes > 0 else {
            throw .failed(
                Failure(.permanent, "empty", "there is nothing in the file at \(address.url)", hint: "Check the link in a browser"))
        }
        // The record first: with it, the part is known to be whole.
        try note(work, DownloadRecord(remote: remote, bytes: bytes))
        try putInPlace(address, work)
    }

    // MARK: Dropped recordings

    /// Waits until nobody writes the recording any more, and names the video by what is in it.
    private func settle(_ work: StageWork) async throws(StageFailure) {
        guard let source = try work.file({ () throws(SpoolError) in try work.files.source() }) else {
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
        try note(work, DownloadRecord(remote: nil, bytes: bytes))
        let info = try? SpoolJSON.read(SiteMetadata.self, at: work.files.siteMetadata)
        try await identified("file-\(digest.prefix(12))", title: info?.title ?? work.job.recordingTitle, work)
    }

    // MARK: What the source is

    private func identify(_ work: StageWork, _ address: VideoAddress) async throws(StageFailure) {
        let info = try? SpoolJSON.read(SiteMetadata.self, at: work.files.siteMetadata)
        var videoID = address.videoID
        // The generic extractor's ids are parts of the address: not unique.
        if let info, let site = info.extractor?.lowercased(), let id = info.id, site != "generic" {
            videoID = VideoAddress.videoID(site: site, id: id)
        }
        try await identified(videoID, title: info?.title ?? address.fileTitle, work)
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

    private func record(_ work: StageWork) -> DownloadRecord? { try? SpoolJSON.read(DownloadRecord.self, at: work.files.downloadRecord) }

    private func note(_ work: StageWork, _ record: DownloadRecord) throws(StageFailure) {
        try work.file { () throws(SpoolError) in
            try AtomicFile.write(SpoolJSON.data(record), to: work.files.downloadRecord, durability: .view)
        }
    }
}
