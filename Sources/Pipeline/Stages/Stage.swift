import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// One step of the pipeline.
protocol Stage: Sendable {
    /// Does its part of the job, continuing what an earlier, interrupted run left in the job's folder.
    func run(_ work: StageWork) async throws(StageFailure)
}

/// What a stage works on, and what it may use.
struct StageWork: Sendable {
    let job: Job
    let files: JobFiles
    let settings: PipelineSettings
    let toolbox: Toolbox
    let progress: ProgressReporter
    let jobs: any JobStore
    let videos: any VideoStore
    let manners: SiteManners
    let logger: Logger
    /// The store's time.
    let now: @Sendable () async -> Timestamp
    /// Notes what was found out about the video, in the store.
    let learn: @Sendable (_ videoID: String?, _ title: String?, _ warnings: [String]) async throws -> Void

    var ytDlp: YtDlp { YtDlp(toolbox: toolbox, settings: settings, now: now) }

    /// Whether the next death of a child at this point fails the job.
    var isLastCrash: Bool { job.interruptions >= JobTransition.crashLimit - 1 }

    /// Calls `learn`, with errors as a stage reports them.
    func learned(videoID: String? = nil, title: String? = nil, warnings: [String] = []) async throws(StageFailure) {
        guard videoID != nil || title != nil || !warnings.isEmpty else { return }
        do {
            try await learn(videoID, title, warnings)
        } catch is CancellationError {
            throw .interrupted
        } catch {
            throw .failed(Failure(.local, "store", "the database did not take what was found out: \(error)", hint: "See doctor"))
        }
    }

    /// The list that the job is an item of; `nil` if it is none, or the list is forgotten.
    func list() async throws(StageFailure) -> (summary: ListSummary, addressID: String?)? {
        guard let id = job.listID else { return nil }
        do {
            guard let list = try await jobs.details(of: id)?.job, let summary = list.list else { return nil }
            return (summary, list.addressID)
        } catch is CancellationError {
            throw .interrupted
        } catch {
            throw .failed(Failure(.local, "store", "the database could not be used: \(error)", hint: "See doctor"))
        }
    }

    /// Asks or tells the record of videos something, with errors as a stage reports them.
    func record<Value: Sendable>(_ body: (any VideoStore) async throws -> Value) async throws(StageFailure) -> Value {
        do {
            return try await body(videos)
        } catch is CancellationError {
            throw .interrupted
        } catch {
            throw .failed(Failure(.local, "store", "the database could not be used: \(error)", hint: "See doctor"))
        }
    }

    /// Working again on a finished video replaces its bundle: that is its owner's to ask for.
    func requireOwnership(of videoID: String) async throws(StageFailure) {
        guard job.spec.force == true, let video = try await record({ try await $0.video(videoID) }), video.deletedAt == nil,
            let refusal = settings.ownership.refusal(job.userID, mayNot: "replace", videoID, of: video.userID)
        else { return }
        throw .failed(
            Failure(
                .permanent, "not_yours", "\(videoID) is there already: \(refusal.reason)", hint: "\(refusal.hint ?? ""), or leave force out"
            ))
    }

    /// Runs a file operation that takes long, on a thread of its own, with errors as a stage reports them.
    func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws(SpoolError) -> Value) async throws(StageFailure) -> Value {
        do throws(SpoolError) {
            return try await BlockingWork.run(body)
        } catch {
            throw .failed(Failure(error))
        }
    }

    /// Runs a file operation, with errors as a stage reports them.
    func file<Value>(_ body: () throws(SpoolError) -> Value) throws(StageFailure) -> Value {
        do {
            return try body()
        } catch {
            throw .failed(Failure(error))
        }
    }
}
