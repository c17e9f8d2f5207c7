import Foundation
import SpoolFiles
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// Reads a dropped file by its kind.
struct DropParser: Sendable {
    /// The models that jobs may ask for.
    let models: [String]

    /// Bytes that a drop of text may have.
    static let textLimit: Int64 = 1 << 20

    /// Reads a file that was dropped by itself.
    /// - Parameter path: the claimed file, which nobody else writes.
    func parse(_ path: FilePath) -> ParsedDrop {
        var drop = parse(path, as: path.lastComponent.map(DropName.text) ?? "")
        // A recording that a spec names lies beside it only in a folder.
        let isSpec = Self.specEndings.contains(DropName.fileExtension(path.lastComponent?.string ?? ""))
        drop.jobs.removeAll { job in
            guard isSpec, case .recording(let name) = job.source else { return false }
            drop.refused.append(
                .init(
                    text: name, reason: "field \"file\" names a recording beside the spec, and this spec was dropped alone",
                    hint: "Put the spec and the recording in one folder and drop the folder, or drop the recording by itself"))
            return true
        }
        return drop
    }

    /// Why a dropped file cannot be used whatever is in it; `nil` if it can.
    static func problem(with path: FilePath) -> Receipt.Refusal? {
        switch FileSystem.attributes(of: path)?.kind {
        case nil: return .init(reason: "it was gone before it could be read", hint: "Drop it again")
        case .symbolicLink?: return .init(reason: "it is a symbolic link, and links are not followed", hint: "Drop the file itself")
        case .folder?: return .init(reason: "it is a folder where a file was expected", hint: "Drop the files in it")
        case .other?: return .init(reason: "it is not a regular file", hint: "Drop a regular file")
        case .file?: break
        }
        guard access(path.string, R_OK) == 0 else {
            return .init(
                reason: "the daemon may not read it", hint: "Give the spool's group the right to read it (chmod g+r), and drop it again")
        }
        return nil
    }

    static let specEndings: Set<String> = ["json", "jsonl", "yaml", "yml"]

    /// - Parameter name: what a recording is called in its job: the file's name, or its path in a dropped folder.
    func parse(_ path: FilePath, as name: String) -> ParsedDrop {
        if let problem = Self.problem(with: path) { return ParsedDrop(refused: [problem]) }
        guard let attributes = FileSystem.attributes(of: path), attributes.size > 0 else {
            return .refused("it is empty", "Drop a recording, or a text file with a link in it, for example https://example.org/talk.mp4")
        }
        let ending = DropName.fileExtension(name)
        switch ending {
        case "txt", "urls", "list": return text(path, URLListParser.parse)
        case "url": return text(path, ShortcutParser.parseURLFile)
        case "desktop": return text(path, ShortcutParser.parseDesktopFile)
        case "webloc": return data(path, ShortcutParser.parseWebloc)
        case _ where name.lowercased().hasSuffix(".info.json") || CaptionFile.formats.contains(ending):
            return .refused(
                "it belongs to a recording, and was dropped without it",
                "Put it and the recording, both with the same name before the dot, in one folder and drop the folder")
        case "json": return text(path) { JSONSpecParser.parse($0, models: models) }
        case "jsonl": return text(path) { JSONSpecParser.parseLines($0, models: models) }
        case "yaml", "yml": return text(path) { YAMLSpecParser.parse($0, models: models) }
        case _ where RecordingName.extensions.contains(ending): return recording(name)
        case _ where Self.archives.contains(ending):
            return .refused("it is an archive, and archives are not opened", "Unpack it, and drop the folder")
        case _ where Self.silent.contains(ending):
            return .refused(
                "a .\(ending) file holds no sound and no links that could be read",
                "Drop recordings, or copy the links into a .txt file, one a line, for example https://example.org/talk.mp4")
        default: return unknown(path, name, ending)
        }
    }

    /// What people drop, and nobody can hear.
    private static let archives: Set<String> = ["zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz", "zst"]
    private static let silent: Set<String> = [
        "jpg", "jpeg", "png", "gif", "webp", "heic", "tif", "tiff", "bmp", "svg", "pdf", "doc", "docx", "odt", "rtf", "xls", "xlsx", "ods",
        "ppt", "pptx", "odp",
    ]

    /// A name that tells nothing: text is a list of links if it has no extension; anything else may be a recording.
    private func unknown(_ path: FilePath, _ name: String, _ ending: String) -> ParsedDrop {
        guard Self.isText(path) else { return recording(name) }
        if ending.isEmpty { return text(path, URLListParser.parse) }
        return .refused(
            "a text file called .\(ending) is not a kind of drop",
            "Links go into a .txt file, one a line; job specs into a .json file: {\"url\": \"https://example.org/talk.mp4\"}")
    }

    /// Whether a file whose name tells nothing begins as text does.
    static func isText(_ path: FilePath) -> Bool {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec]) else { return false }
        defer { try? file.close() }
        var head = [UInt8](repeating: 0, count: 4096)
        let count = head.withUnsafeMutableBytes { (try? file.read(into: $0)) ?? 0 }
        let start = head.prefix(count)
        // UTF-16, as Windows editors write it.
        if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { return true }
        // Media has bytes that no text has, and soon.
        return !start.contains { $0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D].contains($0) }
    }

    private func recording(_ name: String) -> ParsedDrop {
        var spec = JobSpec()
        spec.file = name
        return ParsedDrop(jobs: [RequestedJob(source: .recording(name), spec: spec)])
    }

    private func text(_ path: FilePath, _ parse: (String) -> ParsedDrop) -> ParsedDrop {
        data(path) { data in
            guard let text = TextDecoding.text(data) else {
                return .refused("its text is neither UTF-8, UTF-16 nor Windows-1252", "Save it as UTF-8 and drop it again")
            }
            return parse(text)
        }
    }

    private func data(_ path: FilePath, _ parse: (Data) -> ParsedDrop) -> ParsedDrop {
        do {
            return parse(try FileSystem.read(path, limit: Self.textLimit))
        } catch {
            return .refused(
                error.reason ?? "it cannot be read: \(error.errno.map(String.init(describing:)) ?? "unknown reason")",
                error.reason == nil ? "Drop it again" : "Split it into smaller files, at most \(Self.textLimit) bytes each")
        }
    }
}

/// Text as editors on all systems save it.
enum TextDecoding {
    /// UTF-8 with or without a byte order mark, UTF-16 with one, or else the Windows-1252 that older editors call "ANSI"; `nil` for
    /// what cannot be text.
    static func text(_ data: Data) -> String? {
        if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) {
            let isLittle = data.first == 0xFF
            let bytes = Array(data.dropFirst(2))
            guard bytes.count.isMultiple(of: 2) else { return nil }
            let units = stride(from: 0, to: bytes.count, by: 2).map { index in
                isLittle ? UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8 : UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
            }
            return String(validating: units, as: UTF16.self)
        }
        let body = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
        if let text = String(validating: body, as: UTF8.self) { return text }
        // Every byte is a character there: links are ASCII, and the rest is comments.
        guard !body.contains(0) else { return nil }
        return String(data: body, encoding: .windowsCP1252) ?? String(data: body, encoding: .isoLatin1)
    }

    /// Lines ended by LF, CRLF or CR.
    static func lines(_ text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    }
}
