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

    /// Looks at what lies beside ready recordings, once for each folder.
    init(of ready: some Sequence<ReadyFile>, in layout: SpoolLayout) {
        for place in Set(ready.filter { $0.place.folder == .incoming }.map(\.place)) {
            let names = (try? FileSystem.list(layout.control(place))) ?? []
            let stems = Set(names.map(\.string).filter { Self.isRecording($0) && !DropName.isIgnored($0) }.map(DropName.stem))
            guard !stems.isEmpty else { continue }
            var beside: [String: [FilePath.Component]] = [:]
            for name in names where !DropName.isIgnored(name.string) {
                if let (stem, _) = Self.belongs(name.string, to: stems) { beside[stem, default: []].append(name) }
            }
            if !beside.isEmpty { found[place] = beside }
        }
    }

    /// A file that goes with a recording that lies beside it, and is taken when that is.
    func isHeld(_ file: ReadyFile) -> Bool { found[file.place]?.values.contains { $0.contains { $0.string == file.name } } ?? false }

    /// What goes with a recording.
    func of(_ file: ReadyFile) -> [FilePath.Component] {
        Self.isRecording(file.name) ? found[file.place]?[DropName.stem(file.name)] ?? [] : []
    }
}
