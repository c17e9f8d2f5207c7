import SpoolFiles
import SystemPackage
import Watcher

/// Files that belong to a recording because they have its stem: what yt-dlp and people put beside it.
struct Companions {
    /// Where those that were dropped beside a lone recording lie in its claim. Hidden: the recording is the drop.
    static let folderName = ".beside"

    static func isRecording(_ name: String) -> Bool { RecordingName.extensions.contains(DropName.fileExtension(name)) }

    /// `talk.info.json`, `talk.vtt`, `talk.de.srt` and `talk.webp` belong to `talk.mp4`.
    /// - Parameter stems: of the recordings that are there.
    static func belongs(_ file: String, to stems: Set<String>) -> (stem: String, kind: RequestedJob.Companion.Kind)? {
        if file.lowercased().hasSuffix(".info.json") {
            let stem = String(file.dropLast(".info.json".count))
            return stems.contains(stem) ? (stem, .siteMetadata) : nil
        }
        let stem = DropName.stem(file)
        switch DropName.fileExtension(file) {
        case "jpg", "jpeg", "png", "webp": return stems.contains(stem) ? (stem, .picture(DropName.fileExtension(file))) : nil
        case _ where CaptionFile.formats.contains(DropName.fileExtension(file)):
            return [stem, DropName.stem(stem)].first(where: stems.contains).map { ($0, .captions) }
        default: return nil
        }
    }

    // MARK: In incoming/ itself

    /// By place and stem of their recording.
    private var found: [DropPlace: [String: [FilePath.Component]]] = [:]
    /// All of them.
    private var paths: Set<FilePath> = []

    /// Looks at what lies beside ready recordings, once for each folder.
    init(of ready: some Sequence<ReadyFile>, in layout: SpoolLayout) {
        let concerned = ready.filter { $0.place.folder == .incoming && (Self.isRecording($0.name) || Self.mayBelong($0.name)) }
        for place in Set(concerned.map(\.place)) {
            let names = (try? FileSystem.list(layout.control(place))) ?? []
            let stems = Set(names.map(\.string).filter { Self.isRecording($0) && !DropName.isIgnored($0) }.map(DropName.stem))
            guard !stems.isEmpty else { continue }
            var beside: [String: [FilePath.Component]] = [:]
            for name in names where !DropName.isIgnored(name.string) {
                if let (stem, _) = Self.belongs(name.string, to: stems) { beside[stem, default: []].append(name) }
            }
            found[place] = beside
            for names in beside.values { paths.formUnion(names.map { layout.control(place).appending($0) }) }
        }
    }

    /// A file that goes with a recording that lies beside it, and is taken when that is; or whose recording may still come.
    /// - Parameter patience: seconds for which a recording is waited for.
    func isHeld(_ file: ReadyFile, at now: Timestamp, patience: Double) -> Bool {
        guard file.place.folder == .incoming, Self.mayBelong(file.name) else { return false }
        if paths.contains(file.path) { return true }
        guard patience > 0, let changed = FileSystem.attributes(of: file.path)?.changed else { return false }
        return now.seconds(since: Timestamp(milliseconds: changed / 1_000_000)) < patience
    }

    /// Whether a file is of a kind that goes with recordings.
    private static func mayBelong(_ name: String) -> Bool {
        let stem = DropName.stem(name)
        return belongs(name, to: [stem, DropName.stem(stem), String(name.dropLast(".info.json".count))]) != nil
    }

    /// What goes with a recording: files of the same owner, so that nobody's text or name gets into another's.
    func of(_ file: ReadyFile) -> [FilePath.Component] {
        guard Self.isRecording(file.name), let names = found[file.place]?[DropName.stem(file.name)],
            let owner = FileSystem.attributes(of: file.path)?.owner
        else { return [] }
        let folder = file.path.removingLastComponent()
        return names.filter { FileSystem.attributes(of: folder.appending($0))?.owner == owner }
    }
}
