import SpoolFiles
import SystemPackage

/// Finds and reads `status.json` files: all that is needed to follow jobs from any machine that mounts the share.
struct SidecarReader {
    let layout: SpoolLayout

    /// All jobs that have not ended, oldest first.
    func open() -> [StatusSidecar] {
        JobState.allCases.filter { !$0.hasEnded }.flatMap { read(layout.stageFolder($0)) }.sorted { $0.jobID < $1.jobID }
    }

    /// The jobs that ended on the latest days, newest first.
    func ended(limit: Int) -> [StatusSidecar] {
        var result: [StatusSidecar] = []
        for state in JobState.allCases where state.hasEnded {
            var found: [StatusSidecar] = []
            for day in names(layout.stageFolder(state)).sorted().reversed() where found.count < limit {
                found += read(layout.stageFolder(state).appending(day))
            }
            result += found
        }
        return Array(result.sorted { ($0.completedAt ?? $0.updatedAt) > ($1.completedAt ?? $1.updatedAt) }.prefix(limit))
    }

    /// Jobs in the states given, newest first, with how many there are in all.
    func page(_ states: [JobState], limit: Int, offset: Int) -> (jobs: [StatusSidecar], total: Int) {
        var places: [String: FilePath] = [:]
        for state in states.isEmpty ? JobState.allCases : states {
            let folder = layout.stageFolder(state)
            for parent in state.hasEnded ? names(folder).map({ folder.appending($0) }) : [folder] {
                for name in names(parent) where SortableID.isValid(name) { places[name] = parent.appending(name) }
            }
        }
        // The ids sort by age, so that only what is shown need be read.
        let wanted = places.keys.sorted(by: >).dropFirst(offset).prefix(limit)
        return (wanted.compactMap { job($0) }, places.count)
    }

    /// The jobs that a name stands for: a job's id, the name of a drop in `incoming/`, or the id of a video.
    func jobs(named name: String) -> [StatusSidecar] {
        if let job = job(name) { return [job] }
        if let receipt = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: name, in: .incoming)) {
            return receipt.jobs.compactMap { job($0.jobID) }
        }
        guard let component = FilePath.Component(name), component.kind == .regular,
            let manifest = try? SpoolJSON.read(
                BundleManifest.self, at: layout.videos.appending(component).appending(BundleManifest.name))
        else { return [] }
        return [job(manifest.jobID)].compactMap { $0 }
    }

    /// The names of drops in `incoming/` that nobody has taken yet. The folders of presets are none.
    func drops() throws -> [String] {
        let incoming = layout.control(.incoming)
        return try FileSystem.list(incoming).filter { name in
            guard !DropName.isIgnored(name.string) else { return false }
            guard let attributes = FileSystem.attributes(of: incoming.appending(name)), attributes.kind == .folder else { return true }
            // The daemon makes presets' folders sticky, as the control folders are.
            return !attributes.isSticky || !DropPlace.isPresetName(name.string)
        }.map(DropName.text).sorted()
    }

    /// One job, wherever it is; its folder may move while we look, so we look again.
    func job(_ jobID: String) -> StatusSidecar? {
        guard SortableID.isValid(jobID) else { return nil }
        for _ in 0..<3 {
            let trashed = layout.trashed(jobID).appending(SpoolLayout.sidecarName)
            if let sidecar = try? SpoolJSON.read(StatusSidecar.self, at: trashed) { return sidecar }
            for state in JobState.allCases {
                let folder = layout.stageFolder(state)
                let candidates = state.hasEnded ? names(folder).map { folder.appending($0).appending(jobID) } : [folder.appending(jobID)]
                for candidate in candidates {
                    if let sidecar = try? SpoolJSON.read(StatusSidecar.self, at: candidate.appending(SpoolLayout.sidecarName)) {
                        return sidecar
                    }
                }
            }
        }
        return nil
    }

    private func read(_ folder: FilePath) -> [StatusSidecar] {
        names(folder).filter { SortableID.isValid($0) }.compactMap { name in
            try? SpoolJSON.read(StatusSidecar.self, at: folder.appending(name).appending(SpoolLayout.sidecarName))
        }
    }

    private func names(_ folder: FilePath) -> [String] { ((try? FileSystem.list(folder)) ?? []).map(\.string) }
}
