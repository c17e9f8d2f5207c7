import FoundationEssentials
import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// Keeps the folders of jobs where the store says they are, each with its sidecar. The store is the truth; this follows.
public struct JobFolders: Sendable {
    let layout: SpoolLayout
    let logger: Logger

    public init(layout: SpoolLayout, logger: Logger) {
        self.layout = layout
        self.logger = logger
    }

    func path(of job: Job) -> FilePath { layout.job(job.id, in: job.state, endedOn: job.endedOn) }

    /// Moves the job's folder from where it was, makes it if it is missing, and writes its sidecar.
    /// - Parameter previous: where it was; `nil` if it is new or unknown.
    @discardableResult
    func follow(_ details: JobDetails, from previous: FilePath?) throws(SpoolError) -> FilePath {
        let target = path(of: details.job)
        if let previous, previous != target, FileSystem.exists(previous) {
            if details.job.state.hasEnded { try FileSystem.makeFolder(target.removingLastComponent()) }
            if try !FileSystem.moveIfAbsent(previous, to: target) { try merge(previous, into: target) }
        } else if !FileSystem.exists(target) {
            try FileSystem.makeFolder(target)
        }
        if details.job.state == .completed || details.job.state == .cancelled { try removeWork(in: target) }
        try writeSidecar(details.sidecar(), in: target)
        return target
    }

    func writeSidecar(_ sidecar: StatusSidecar, in folder: FilePath) throws(SpoolError) {
        try AtomicFile.write(SpoolJSON.data(sidecar), to: folder.appending(SpoolLayout.sidecarName), durability: .view)
    }

    /// What the stages left is in the bundle, or no longer wanted.
    private func removeWork(in folder: FilePath) throws(SpoolError) {
        for name in try FileSystem.list(folder) where name.string != SpoolLayout.sidecarName {
            try FileSystem.remove(folder.appending(name))
        }
    }

    /// Both places have a folder of the job, because a crash came between two steps: nothing of either is lost.
    private func merge(_ source: FilePath, into target: FilePath) throws(SpoolError) {
        guard FileSystem.exists(source) else { return }
        for name in try FileSystem.list(source) where name.string != SpoolLayout.sidecarName {
            _ = try FileSystem.moveIfAbsent(source.appending(name), to: target.appending(name))
        }
        try FileSystem.remove(source)
    }

    /// Puts every folder where the store says it belongs, and makes what is missing. Run at every start.
    func reconcile(_ store: any JobStore) async throws {
        var found: [String: FilePath] = [:]
        for state in JobState.allCases where !state.hasEnded {
            for name in try FileSystem.list(layout.stageFolder(state)) where SortableID.isValid(name.string) {
                found[name.string] = layout.stageFolder(state).appending(name)
            }
        }
        for job in try await store.openJobs() {
            let previous = found.removeValue(forKey: job.id) ?? endedFolder(of: job)
            guard let details = try await store.details(of: job.id) else { continue }
            try follow(details, from: previous)
        }
        for (jobID, path) in found {
            if let details = try await store.details(of: jobID) {
                try follow(details, from: path)
            } else {
                logger.warning("a job's folder is not known to the database and is left alone", metadata: ["folder": "\(path)"])
            }
        }
    }

    /// Where a job that is open again lay while it had ended.
    private func endedFolder(of job: Job) -> FilePath? {
        guard job.manualRetryCount > 0 else { return nil }
        for state in [JobState.failed, .cancelled] {
            for day in (try? FileSystem.list(layout.stageFolder(state))) ?? [] {
                let path = layout.stageFolder(state).appending(day).appending(job.id)
                if FileSystem.exists(path) { return path }
            }
        }
        return nil
    }
}
