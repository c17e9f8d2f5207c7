import Pipeline
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

    /// The jobs that a name stands for: a job's id, the name of a drop in `incoming/` with or without its extension, or the id of a
    /// video.
    func jobs(named name: String) -> [StatusSidecar] {
        if let job = job(name) { return [job] }
        if let receipt = receipt(named: name) {
            var seen: Set<String> = []
            return receipt.jobs.filter { seen.insert($0.jobID).inserted }.compactMap { job($0.jobID) }
        }
        if let found = video(named: name) {
            // The last that worked on it, or does.
            let later = (open() + ended(limit: Self.lookedThrough)).filter { $0.videoID == found.manifest.videoID }
            if let last = later.max(by: { $0.createdAt < $1.createdAt }) ?? job(found.manifest.jobID) { return [last] }
        }
        // A link, or a recording in a dropped folder: nothing but the status files tells of it.
        let url = (try? VideoAddress(name))?.url
        guard url != nil || RecordingName.extensions.contains(DropName.fileExtension(name)) else { return [] }
        let last = (open() + ended(limit: Self.lookedThrough)).filter { job in
            if let url { return job.url == url }
            guard let file = job.spec.file else { return false }
            return file == name || file.hasSuffix("/\(name)") || "\(job.drop)/\(file)" == name
        }.max { $0.createdAt < $1.createdAt }
        return [last].compactMap { $0 }
    }

    /// Ended jobs that are looked through for a link or a recording: a share with very many is asked by their ids.
    private static let lookedThrough = 2000

    /// The one job that a name stands for.
    /// - Throws: `CommandError` if it stands for none or for several.
    func onlyJob(named name: String) throws -> StatusSidecar {
        let jobs = jobs(named: name)
        guard let job = jobs.first else { throw notFound(name) }
        guard jobs.count == 1 else {
            throw CommandError.wrongUse(
                "\(name) stands for \(jobs.count) jobs",
                hint: "Name one of them: \(jobs.prefix(5).map(\.jobID).joined(separator: ", "))\(jobs.count > 5 ? ", …" : "")")
        }
        return job
    }

    /// Nothing has that name, or it is in the trash.
    func notFound(_ name: String) -> CommandError {
        if let component = FilePath.Component(name), component.kind == .regular, FileSystem.exists(layout.trash.appending(component)) {
            return .notFound("\(name) is in the trash", hint: "spoolscribe restore \(name) brings it back")
        }
        if isUntaken(name) {
            return .notReady("\(name) is in incoming/ and not taken yet", hint: "spoolscribe wait \(name) waits for all that it becomes")
        }
        if let receipt = receipt(named: name), let first = receipt.refused.first {
            return .notFound("\(name) became no job: \(first.reason)", hint: first.hint)
        }
        return .notFound("there is no job, no video and no drop called \(name)")
    }

    private func receipt(named name: String) -> Receipt? {
        if let receipt = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: name, in: .incoming)) { return receipt }
        let twins = names(layout.receipts(.incoming)).filter { DropName.stem(String($0.dropLast(".json".count))) == name }
        guard twins.count == 1 else { return nil }
        return try? SpoolJSON.read(Receipt.self, at: layout.receipts(.incoming).appending(twins[0]))
    }

    /// The finished video that a name stands for: its id, or the bare id of its site where that names one only.
    func video(named name: String) -> (bundle: FilePath, manifest: BundleManifest)? {
        // The name becomes a path: one that leads nowhere else.
        guard let component = FilePath.Component(name), component.kind == .regular, !name.hasPrefix(".") else { return nil }
        if let found = video(component) { return found }
        let twins = names(layout.videos).filter { !$0.hasPrefix(".") && $0.drop { $0 != "-" }.dropFirst() == name }
        return twins.count == 1 ? FilePath.Component(twins[0]).flatMap(video) : nil
    }

    private func video(_ name: FilePath.Component) -> (bundle: FilePath, manifest: BundleManifest)? {
        let bundle = layout.videos.appending(name)
        return (try? SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))).map { (bundle, $0) }
    }

    /// The metadata of finished videos, newest first, with how many there are in all.
    func videos(limit: Int, offset: Int) -> (videos: [VideoMetadata], total: Int) {
        let bundles = names(layout.videos).filter { !$0.hasPrefix(".") }.compactMap { name -> (bundle: FilePath, modified: Int64)? in
            let bundle = layout.videos.appending(name)
            return FileSystem.attributes(of: bundle.appending(BundleManifest.name)).map { (bundle, $0.modified) }
        }.sorted { $0.modified > $1.modified }
        let shown = bundles.dropFirst(offset).prefix(limit).compactMap { bundle, _ in
            try? SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
        }
        return (shown, bundles.count)
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

    /// Was a drop of that name answered, if only to refuse it?
    func isAnswered(_ name: String) -> Bool { receipt(named: name) != nil }

    /// Does a drop of that name, with or without its extension, lie in `incoming/` still, or is it being turned into jobs?
    func isUntaken(_ name: String) -> Bool {
        guard !DropName.isIgnored(name) else { return false }
        let incoming = layout.control(.incoming)
        func holdsIt(_ folder: FilePath) -> Bool { names(folder).contains { $0 == name || DropName.stem($0) == name } }
        let presets = names(incoming).filter { DropPlace.isPresetName($0) }.map { incoming.appending($0) }
        if ([incoming] + presets).contains(where: holdsIt) { return true }
        // Looked at afterwards, as drops go: one that is moved meanwhile is not missed.
        return names(layout.claimed).contains { claim in
            claim.contains(".\(ControlFolder.incoming.rawValue)") && holdsIt(layout.claimed.appending(claim))
        }
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
