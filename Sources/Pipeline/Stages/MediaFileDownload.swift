import FoundationEssentials
import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// Fetches an address that looks like a media file, by libcurl, and goes on where an earlier run broke off.
struct MediaFileDownload {
    let address: VideoAddress
    let work: StageWork

    /// - Returns: `false` if the address leads to a web page in which yt-dlp must find the media.
    func run() async throws(StageFailure) -> Bool {
        var resume = work.downloadRecord?.remote
        var hasBegunAgain = false
        let part = work.files.partialSource
        while true {
            let before = FileSystem.attributes(of: part)?.size ?? 0
            if let known = resume, let total = known.total, total > 0, before == total {
                // All of it came, and then we were stopped.
                try finish(known, total)
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
                    try work.note(DownloadRecord(remote: remote))
                } catch {
                    work.logger.warning(
                        "what the server told could not be noted; after a crash this download would begin again",
                        metadata: ["job": "\(work.job.id)", "reason": "\(error)"])
                }
            }
            switch ending {
            case .complete(let remote, let bytes):
                try finish(remote, bytes)
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

    private func finish(_ remote: CurlTransfer.Remote, _ bytes: Int64) throws(StageFailure) {
        guard bytes > 0 else {
            throw .failed(
                Failure(.permanent, "empty", "there is nothing in the file at \(address.url)", hint: "Check the link in a browser"))
        }
        // The record first: with it, the part is known to be whole.
        try work.note(DownloadRecord(remote: remote, bytes: bytes))
        try putInPlace()
    }

    /// Gives what was fetched as a whole its name.
    func putInPlace() throws(StageFailure) {
        let target = work.files.folder.appending("source.\(address.mediaExtension ?? "bin")")
        try work.file { () throws(SpoolError) in try FileSystem.move(work.files.partialSource, to: target) }
    }
}
