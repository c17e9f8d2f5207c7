import FoundationEssentials
import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// Fetches a video from a site, by yt-dlp: first what the site says of it, then its media, each by a call of its own.
struct SiteDownload {
    let address: VideoAddress
    let work: StageWork

    private var keepsPicture: Bool { work.job.spec.keepVideo ?? work.settings.keepVideo }

    private var infoFile: FilePath { work.files.folder.appending("download.info.json") }

    func run() async throws(StageFailure) {
        if work.downloadRecord?.awaitsCaptions == true, try work.source() != nil { return try await fetchCaptions(by: nil) }
        let info = try await describe()
        try await work.learned(title: info.metadata.title)
        try await work.manners.call(work.job.site) { () async throws(StageFailure) in
            try await work.ytDlp.download(infoFile, url: address.url, keepsPicture: keepsPicture, into: work.files.folder) { update in
                work.progress.report(update.fraction, update.work)
            }
        }
        guard let source = try work.source() else {
            throw .failed(Failure(.permanent, "no_video", "yt-dlp found no video at \(address.url)", hint: "Check the link in a browser"))
        }
        var record = DownloadRecord(remote: nil, bytes: FileSystem.attributes(of: source)?.size)
        record.awaitsCaptions = true
        try work.note(record)
        try await fetchCaptions(by: info)
    }

    /// The media are safe: without captions the job goes on, in the end, with a warning.
    /// - Parameter known: what the site has just said; `nil` if it was another run that asked.
    private func fetchCaptions(by known: SiteInfo?) async throws(StageFailure) {
        do throws(StageFailure) {
            let info: SiteInfo
            if let known { info = known } else { info = try await describe() }
            try await CaptionsDownload(info: info, infoFile: infoFile, url: address.url, work: work).run()
        } catch {
            // The page may show a list since the media were fetched: it has no captions then. An interruption is the runner's.
            guard let failure = error.failure(isLastCrash: work.isLastCrash) else {
                if case .isList = error { return try done() }
                throw error
            }
            if failure.class == .transient, work.job.retryCount < work.job.maxRetries { throw .failed(failure) }
            try await work.manners.heed(failure, of: work.job)
            try await work.learned(warnings: ["captions of the site could not be fetched: \(failure.message)"])
        }
        try done()
    }

    private func done() throws(StageFailure) {
        if var record = work.downloadRecord {
            record.awaitsCaptions = nil
            try work.note(record)
        }
    }

    /// What the site says, asked anew in each run: addresses of media are good for some hours only.
    private func describe() async throws(StageFailure) -> SiteInfo {
        let answer = try await work.manners.call(work.job.site) { () async throws(StageFailure) in
            try await work.ytDlp.describe(
                address.url, maxItems: work.job.spec.maxItems ?? work.settings.sites.maxItems, keepsPicture: keepsPicture,
                in: work.files.folder)
        }
        switch answer {
        case .list(let list): throw .isList(list)
        case .video(let info):
            // A page that is followed shows a single video now.
            if work.job.list != nil, work.job.spec.follow != nil { throw .isList(SiteList(of: info.metadata)) }
            if let failure = Self.notYet(info.metadata, address.url) { throw .failed(failure) }
            try work.file { () throws(SpoolError) in
                // Nobody's but the daemon's: addresses of media may be signed.
                try AtomicFile.write(info.withoutCookies, to: work.files.siteMetadata, durability: .view, mode: .ownerReadWrite)
                try AtomicFile.write(info.forDownload, to: infoFile, durability: .view, mode: .ownerReadWrite)
            }
            return info
        }
    }

    /// Why a video cannot be fetched before some time, if it cannot.
    static func notYet(_ info: SiteMetadata, _ url: String) -> Failure? {
        switch info.liveStatus {
        case "is_live", "post_live":
            return Failure(
                .notYet, "live_running", "\(url) is being broadcast now, or its recording is not finished",
                hint: "It is fetched by itself when its recording is there")
        case "is_upcoming":
            return Failure(
                .notYet, "premiere", "\(url) has not begun yet", hint: "It is fetched by itself after its premiere",
                notBefore: info.releaseTimestamp.flatMap(Timestamp.init(seconds:)))
        default: return nil
        }
    }
}

extension YtDlp.Progress {
    /// 0 to 1.
    var fraction: Double {
        if let total, total > 0 { return min(done / total, 1) }
        if let fragment, let fragments, fragments > 0 { return min(Double(fragment) / Double(fragments), 1) }
        return 0
    }

    var work: StatusSidecar.Work {
        var work = StatusSidecar.Work(unit: "bytes", done: done, total: total, speed: speed, eta: eta)
        work.fragment = fragment
        work.fragments = fragments
        return work
    }
}
