import Jobs
import Logging
import SpoolFiles
import SystemPackage

/// The copies for people in `results/`, under the names that the template gives. They follow the bundle, and share its data where
/// the file system has hard links.
public struct ResultsFolder: Sendable {
    public struct Rules: Sendable, Codable, Hashable {
        /// `{channel}/{date} {title}.{ext}`; empty makes no copies.
        public var template = "{channel}/{date} {title}.{ext}"
        /// Which files: `txt`, `srt`, `vtt`, `json` of the transcript, and `audio` and `video` of the media.
        public var files = ["txt", "srt", "vtt"]

        public init() {}

        public static let kinds = ["txt", "srt", "vtt", "json", "audio", "video"]
        /// What may stand between braces.
        public static let fields = ["title", "channel", "site", "date", "id", "user", "ext"]

        /// Why a template cannot be used; `nil` if it can.
        public static func problem(with template: String) -> String? {
            guard !template.isEmpty else { return nil }
            if !template.contains("{ext}") { return "it does not contain {ext}, by which the files of one video differ" }
            if template.hasPrefix("/") || template.split(separator: "/").contains("..") { return "it leads out of results/" }
            var rest = template[...]
            while let open = rest.firstIndex(of: "{") {
                guard let close = rest[open...].firstIndex(of: "}") else { return "a { has no }" }
                let field = String(rest[rest.index(after: open)..<close])
                if !fields.contains(field) { return "there is no field {\(field)}; the fields are \(fields.joined(separator: ", "))" }
                rest = rest[rest.index(after: close)...]
            }
            return nil
        }
    }

    let layout: SpoolLayout
    let store: any VideoStore
    let rules: Rules

    public init(layout: SpoolLayout, store: any VideoStore, rules: Rules) {
        self.layout = layout
        self.store = store
        self.rules = rules
    }

    /// Makes the copies of a video as its bundle is now, and takes away those under earlier names.
    func renew(_ videoID: String) async throws {
        let earlier = try await store.results(ofVideo: videoID)
        guard !rules.template.isEmpty else { return try await remove(videoID) }
        let bundle = layout.bundle(videoID)
        let metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
        let manifest = try SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))
        var copies: [(path: [String], source: String)] = []
        for file in manifest.files {
            guard let ending = ending(of: file.path) else { continue }
            var path = name(metadata, ending: ending, mark: nil)
            if let owner = try await store.owner(ofResult: path.joined(separator: "/")), owner != videoID {
                path = name(metadata, ending: ending, mark: videoID)
            }
            copies.append((path, file.path))
        }
        // Noted first: what is there and noted nowhere would stay for ever.
        let paths = copies.map { $0.path.joined(separator: "/") }
        try await store.note(results: Array(Set(earlier + paths)), ofVideo: videoID)
        for copy in copies {
            let target = copy.path.reduce(layout.results) { $0.appending($1) }
            try FileSystem.makeFolder(target.removingLastComponent(), below: layout.results)
            try FileSystem.linkOrCopy(copy.source.split(separator: "/").reduce(bundle) { $0.appending(String($1)) }, to: target)
        }
        for path in earlier where !paths.contains(path) { try removeCopy(path) }
        try await store.note(results: paths, ofVideo: videoID)
    }

    /// Makes all copies anew if they were made by other rules. Of a video whose copies cannot be made, it is tried again next time.
    func followRules(_ gate: BundleGate, _ logger: Logger) async throws {
        if (try? SpoolJSON.read(Rules.self, at: layout.resultsRules)) == rules { return }
        var isWhole = true
        for name in try FileSystem.list(layout.videos) where !name.string.hasPrefix(".") && !Task.isCancelled {
            do {
                try await gate.pass {
                    guard FileSystem.exists(layout.bundle(name.string).appending(BundleManifest.name)) else { return }
                    try await renew(name.string)
                }
            } catch {
                isWhole = false
                logger.warning("copies in results/ could not be made anew: \(error)", metadata: ["video": "\(name.string)"])
            }
        }
        // Last: where this is cut off, it begins again.
        if isWhole, !Task.isCancelled { try AtomicFile.write(SpoolJSON.data(rules), to: layout.resultsRules) }
    }

    /// Takes the copies of a video away.
    func remove(_ videoID: String) async throws {
        let paths = try await store.results(ofVideo: videoID)
        guard !paths.isEmpty else { return }
        for path in paths { try removeCopy(path) }
        try await store.note(results: [], ofVideo: videoID)
    }

    /// Removes a copy, and the folders that are empty without it.
    private func removeCopy(_ path: String) throws(SpoolError) {
        var target = path.split(separator: "/").reduce(layout.results) { $0.appending(String($1)) }
        try FileSystem.remove(target)
        while true {
            target.removeLastComponent()
            guard target != layout.results, target.starts(with: layout.results), try FileSystem.removeIfEmpty(target) else { return }
        }
    }

    /// The extension of the copy of a bundle's file; `nil` for a file that is not copied.
    private func ending(of path: String) -> String? {
        let ending = DropName.fileExtension(path)
        if path == "transcript.\(ending)" { return rules.files.contains(ending) ? ending : nil }
        for kind in ["audio", "video"] where path == "media/\(kind).\(ending)" { return rules.files.contains(kind) ? ending : nil }
        return nil
    }

    /// - Parameter mark: set behind the name where another video has it already.
    private func name(_ metadata: VideoMetadata, ending: String, mark: String?) -> [String] {
        let values = [
            "title": metadata.title, "channel": metadata.channel ?? (metadata.site == "file" ? "recordings" : metadata.site),
            "site": metadata.site, "date": metadata.uploadDate ?? metadata.addedAt.day, "id": metadata.videoID, "user": metadata.userID,
        ]
        let steps = rules.template.split(separator: "/")
        return steps.enumerated().map { index, step in
            var text = String(step)
            for (field, value) in values { text = text.replacing("{\(field)}", with: Self.harmless(value)) }
            let isLast = index == steps.count - 1
            var suffix = ""
            if isLast, text.hasSuffix(".{ext}") {
                text.removeLast(".{ext}".count)
                suffix = ".\(ending)"
            } else {
                text = text.replacing("{ext}", with: ending)
            }
            if isLast, let mark { suffix = " (\(mark))\(suffix)" }
            // A name that begins with a dot would be hidden.
            text = String(text.trimmed.drop { $0 == "." })
            return DropName.fitting(text.isEmpty ? "untitled" : text, suffix: suffix)
        }
    }

    /// Text from outside as a part of a file name, on every system that mounts the share.
    private static func harmless(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar -> Unicode.Scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: " "
                    default: "/\\:*?\"<>|{}".unicodeScalars.contains(scalar) ? "_" : scalar
                    }
                }))
    }
}
