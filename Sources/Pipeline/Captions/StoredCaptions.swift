import FoundationEssentials
import SpoolFiles
import SystemPackage

/// The captions in a job's folder or a bundle: `captions/en.vtt` by people, `captions/en.auto.vtt` by a machine.
struct StoredCaptions: Sendable {
    struct File: Sendable, Hashable {
        let path: FilePath
        /// As the site or the file's name has it; `nil` if nothing tells.
        let language: String?
        let isAutomatic: Bool
        let format: String
    }

    let files: [File]

    private static let automaticMark = ".auto"
    /// ISO 639-3 for a language that nobody knows.
    static let undetermined = "und"

    static func name(_ language: String, isAutomatic: Bool, format: String) -> String {
        "\(language)\(isAutomatic ? automaticMark : "").\(format)"
    }

    /// - Parameters:
    ///   - recording: the name of the dropped recording without its extension, which precedes the language in names of files that came
    ///     with it.
    ///   - info: what the site said of the video: which languages a machine heard.
    init(in folder: FilePath, recording: String?, info: SiteMetadata?) throws(SpoolError) {
        files = try FileSystem.list(folder).sorted { $0.string < $1.string }.compactMap { component in
            let name = component.string
            let format = DropName.fileExtension(name)
            guard CaptionFile.formats.contains(format) else { return nil }
            var stem = DropName.stem(name)
            let isMarked = stem.hasSuffix(Self.automaticMark)
            if isMarked { stem.removeLast(Self.automaticMark.count) }
            var language: String? = stem
            if let recording {
                language = stem == recording ? nil : stem.hasPrefix("\(recording).") ? String(stem.dropFirst(recording.count + 1)) : stem
            }
            if language.map(CaptionChoice.base) == Self.undetermined { language = nil }
            let path = folder.appending(component)
            return File(
                path: path, language: language,
                isAutomatic: isMarked || Self.isAutomatic(path, language, format, info), format: format)
        }
    }

    /// Of captions whose names do not tell: what the site said, else how they look.
    private static func isAutomatic(_ path: FilePath, _ language: String?, _ format: String, _ info: SiteMetadata?) -> Bool {
        if let info, let language {
            if info.captions[language] != nil { return false }
            if info.automaticCaptions[language] != nil { return true }
        }
        return format == "vtt" && (try? FileSystem.read(path)).map(CaptionFile.isAutomatic) ?? false
    }

    /// The one that may be the transcript.
    /// - Parameters:
    ///   - language: the language that is wanted, or else that the site says is spoken; `nil` if nobody knows, and then only a file
    ///     without a language, which a person dropped with the recording, may be.
    ///   - allowsAutomatic: whether a machine's will do where there are none of people.
    func transcript(in language: String?, allowsAutomatic: Bool) -> File? {
        let fitting = files.filter { file in
            guard let own = file.language else { return true }
            return language.map { CaptionChoice.base($0) == CaptionChoice.base(own) } ?? false
        }
        return fitting.first { !$0.isAutomatic } ?? (allowsAutomatic ? fitting.first : nil)
    }
}
