import FoundationEssentials
import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// Leaves `comments.jsonl`: what people wrote under the video, fetched, or come with a recording's `.info.json`. A plain media file has
/// none. That they cannot be had does not fail the job.
struct ExtractCommentsStage: Stage {
    /// How often a site may block this call before the job completes without.
    private static let blocksBorne = 3

    func run(_ work: StageWork) async throws(StageFailure) {
        guard work.job.origin == .drop, !FileSystem.exists(work.files.comments) else { return }
        guard let info = SiteInfo(at: work.files.siteMetadata) else { return }
        if work.job.recording != nil {
            let comments = info.comments
            guard !comments.isEmpty else { return }
            let file = try CommentsWriter(work)
            comments.forEach(file.add)
            return try file.finish()
        }
        guard work.job.spec.includeComments == true, let url = work.job.url else { return }
        try await fetch(url, expected: info.metadata.commentCount, work)
    }

    private func fetch(_ url: String, expected: Int?, _ work: StageWork) async throws(StageFailure) {
        let limit = work.job.spec.maxComments ?? work.settings.comments.limit
        guard limit > 0 else { return }
        let total = Double(min(limit, expected ?? limit))
        let file = try CommentsWriter(work)
        do throws(StageFailure) {
            try await work.manners.call(work.job.site) { () async throws(StageFailure) in
                try await work.ytDlp.comments(url, limit: limit, in: work.files.folder) { comment in
                    file.add(comment)
                    let done = Double(file.count)
                    work.progress.report(
                        total > 0 ? min(done / total, 1) : 0,
                        .init(unit: "comments", done: done, total: total, speed: nil, eta: nil))
                }
            }
        } catch {
            guard let failure = error.failure(isLastCrash: work.isLastCrash) else { throw error }
            if try isWorthAnotherTry(failure, work) { throw .failed(failure) }
            try await work.manners.heed(failure, of: work.job)
            try await work.learned(
                warnings: [
                    "comments could not be fetched\(file.count > 0 ? " but for the first \(file.count)" : ""): \(failure.message)"
                ])
        }
        if file.count > 0 { try file.finish() }
    }

    private func isWorthAnotherTry(_ failure: Failure, _ work: StageWork) throws(StageFailure) -> Bool {
        switch failure.class {
        case .local: return true
        case .transient: return work.job.retryCount < work.job.maxRetries
        case .permanent, .notYet: return false
        case .blocked:
            let note = work.files.folder.appending("comments.blocks")
            let count = ((try? FileSystem.read(note)).flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0) + 1
            try work.file { () throws(SpoolError) in
                try AtomicFile.write(Data("\(count)".utf8), to: note, durability: .view)
            }
            return count < Self.blocksBorne
        }
    }
}
