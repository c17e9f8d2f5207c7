import FoundationEssentials
import SpoolFiles
import SystemPackage

/// Puts a bundle together beside the others and moves it in as a whole: readers see the old one or the new one.
///
/// The only writer of bundles. Safe to begin again at any point.
struct BundleWriter {
    let layout: SpoolLayout
    let videoID: String
    private let staging: FilePath
    private let replaced: FilePath

    /// - Parameter workID: a job or drop whose work this is; the folder beside the others has its name.
    init(layout: SpoolLayout, videoID: String, workID: String) throws(SpoolError) {
        self.layout = layout
        self.videoID = videoID
        staging = layout.bundleStaging(workID)
        replaced = layout.bundleReplaced(workID)
        try Spool(layout: layout).requirePresence()
        try FileSystem.remove(staging)
        try FileSystem.makeFolder(staging)
    }

    /// Puts right what a crash left beside the bundles. Before anybody writes any.
    static func recover(_ layout: SpoolLayout) throws(SpoolError) {
        for name in try FileSystem.list(layout.videos) where name.string.hasPrefix(".") {
            let path = layout.videos.appending(name)
            // Cut off between taking the old bundle away and putting the new one in its place.
            if name.string.hasSuffix(".old"),
                let manifest = try? SpoolJSON.read(BundleManifest.self, at: path.appending(BundleManifest.name)),
                try FileSystem.moveIfAbsent(path, to: layout.bundle(manifest.videoID))
            {
                continue
            }
            if name.string.hasSuffix(".old") || name.string.hasSuffix(".new") { try FileSystem.remove(path) }
        }
    }

    /// The bundle that is in place.
    var present: FilePath { layout.bundle(videoID) }

    /// A file or folder of the new bundle.
    func staged(_ name: String) -> FilePath { staging.appending(name) }

    /// A place in the bundle; its folder is made.
    private func place(_ path: String) throws(SpoolError) -> FilePath {
        let target = path.split(separator: "/").reduce(staging) { $0.appending(String($1)) }
        try FileSystem.makeFolder(target.removingLastComponent(), below: staging)
        return target
    }

    func write(_ data: Data, to path: String) throws(SpoolError) { try AtomicFile.write(data, to: place(path), durability: .view) }

    /// A file that the daemon wrote.
    func link(_ source: FilePath, to path: String) throws(SpoolError) { try FileSystem.linkOrCopy(source, to: place(path)) }

    /// A file that may be a user's, who could go on writing into it.
    func linkOwned(_ source: FilePath, to path: String) throws(SpoolError) { try FileSystem.linkOrCopyOwned(source, to: place(path)) }

    /// Takes over what the bundle in place holds, apart from what is made anew.
    func takeOver(except isNew: (String) -> Bool) throws(SpoolError) {
        for file in try Self.files(in: present) where file != BundleManifest.name && !isNew(file) {
            try link(file.split(separator: "/").reduce(present) { $0.appending(String($1)) }, to: file)
        }
    }

    /// The transcripts that the bundle had kept go on in `transcripts/`, and the current one too if another takes its place.
    func keepEarlierTranscripts(isReplaced: Bool) throws(SpoolError) {
        guard FileSystem.exists(present.appending(BundleManifest.name)) else { return }
        for file in try Self.files(in: present) where file.hasPrefix("\(TranscriptVersions.folder)/") {
            try link(file.split(separator: "/").reduce(present) { $0.appending(String($1)) }, to: file)
        }
        if isReplaced { try keepPresentTranscript() }
    }

    /// The transcript of the bundle that is replaced goes to the earlier ones.
    func keepPresentTranscript() throws(SpoolError) {
        let transcript = present.appending(Transcript.name)
        guard FileSystem.exists(transcript) else { return }
        // One that cannot be read is kept all the same, under the id of the job that made its bundle.
        let old = try? SpoolJSON.read(Transcript.self, at: transcript)
        let manifest = try? SpoolJSON.read(BundleManifest.self, at: present.appending(BundleManifest.name))
        try link(transcript, to: TranscriptVersions.path(old?.provenance.jobID ?? manifest?.jobID ?? SortableID.make()))
    }

    /// Makes everything durable, writes the manifest last, and puts the bundle in its place.
    func finish(
        jobID: String, createdAt: Timestamp, engine: BundleManifest.Engine?, warnings: [String]? = nil
    ) throws(SpoolError) {
        let manifest = try BundleManifest(
            ofBundle: staging, videoID: videoID, jobID: jobID, createdAt: createdAt, spoolscribe: Version.current, engine: engine,
            warnings: warnings)
        var folders: Set<FilePath> = [staging]
        for file in manifest.files {
            let path = file.path.split(separator: "/").reduce(staging) { $0.appending(String($1)) }
            try FileSystem.alignMode(of: path, with: staging)
            try FileSystem.syncFile(path)
            folders.insert(path.removingLastComponent())
        }
        for folder in folders { try FileSystem.syncFolder(folder) }
        try AtomicFile.write(SpoolJSON.data(manifest), to: staging.appending(BundleManifest.name))
        try FileSystem.replaceFolder(present, with: staging, setAside: replaced)
    }

    /// The files in a bundle by their paths in it, with `/`.
    static func files(in folder: FilePath, prefix: String = "") throws(SpoolError) -> [String] {
        var files: [String] = []
        for name in try FileSystem.list(folder) {
            let path = folder.appending(name)
            if FileSystem.attributes(of: path)?.kind == .folder {
                files += try Self.files(in: path, prefix: "\(prefix)\(name.string)/")
            } else {
                files.append(prefix + name.string)
            }
        }
        return files.sorted()
    }
}
