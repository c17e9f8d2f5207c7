import FoundationEssentials
import SpoolFiles
import SystemPackage

/// Reads a folder that was dropped in whole: each file in it by the rules for files, and what belongs together as one.
///
/// Its owner can still change it: each folder in it is opened step by step, so that no link that is put in its place leads elsewhere.
struct FolderParser {
    /// Levels below the dropped folder.
    static let depthLimit = 16
    /// Files in it.
    static let fileLimit = 10_000

    private let root: FilePath
    private let models: [String]
    private var drop = ParsedDrop()
    private var count = 0

    /// - Parameter root: the claimed folder.
    static func parse(_ root: FilePath, models: [String]) -> ParsedDrop {
        var parser = FolderParser(root: root, models: models)
        parser.read([], depth: 0)
        if parser.drop.jobs.isEmpty, parser.drop.refused.isEmpty {
            return .refused("there is nothing to work on in the folder", "Put recordings, links or job specs in it and drop it again")
        }
        return parser.drop
    }

    private init(root: FilePath, models: [String]) {
        self.root = root
        self.models = models
    }

    private mutating func read(_ path: [FilePath.Component], depth: Int) {
        let names: [(name: FilePath.Component, isFolder: Bool)]
        do {
            names = try FileSystem.inside(path, of: root) { folder in
                try FileSystem.list(folder).filter { !DropName.isIgnored($0.string) }.map { name in
                    let name = try Self.readable(name, in: folder)
                    return (name, FileSystem.attributes(of: folder.appending(name))?.kind == .folder)
                }.sorted { $0.0.string < $1.0.string }
            }
        } catch {
            let reason = (error as? SpoolError)?.errno ?? error as? Errno
            return refuse(
                path, "the folder cannot be read: \(reason.map(String.init(describing:)) ?? "\(error)")",
                "Check the rights of the folder and drop it again")
        }
        for (name, isFolder) in names where isFolder {
            if depth < Self.depthLimit {
                read(path + [name], depth: depth + 1)
            } else {
                refuse(path + [name], "it lies more than \(Self.depthLimit) folders deep", "Drop it by itself")
            }
        }
        do {
            try FileSystem.inside(path, of: root) { read(names.filter { !$0.isFolder }.map(\.name), in: path, at: $0) }
        } catch {
            refuse(path, "the folder cannot be read: \(error)", "Drop it again, and leave it alone until it is taken")
        }
    }

    /// A name that is not UTF-8 becomes one that can be written into receipts and records.
    private static func readable(_ name: FilePath.Component, in folder: FilePath) throws(SpoolError) -> FilePath.Component {
        guard let text = FilePath.Component(DropName.text(name)), text != name else { return name }
        return try FileSystem.moveIfAbsent(folder.appending(name), to: folder.appending(text)) ? text : name
    }

    /// - Parameter folder: a path to the folder `path` that stays with it.
    private mutating func read(_ files: [FilePath.Component], in path: [FilePath.Component], at folder: FilePath) {
        let stems = Set(files.map(\.string).filter(Companions.isRecording).map(DropName.stem))
        var companions: [String: [RequestedJob.Companion]] = [:]
        var rest: [FilePath.Component] = []
        for file in files {
            if let (stem, kind) = Companions.belongs(file.string, to: stems) {
                if var problem = DropParser.problem(with: folder.appending(file)) {
                    problem.file = relative(path + [file])
                    drop.refused.append(problem)
                    continue
                }
                companions[stem, default: []].append(.init(path: relative(path + [file]), kind: kind))
            } else {
                rest.append(file)
            }
        }
        var named: Set<String> = []
        var jobs: [RequestedJob] = []
        // Specs first: a recording that one of them names is not a job of its own.
        for file in rest.filter(Self.isSpec) + rest.filter({ !Self.isSpec($0) }) {
            count += 1
            guard count <= Self.fileLimit else {
                // Said once; what was read so far is worked on.
                if count == Self.fileLimit + 1 {
                    refuse(
                        path + [file],
                        "there are more than \(Self.fileLimit) files in the folder, and this and those behind it were not read",
                        "Drop them in another folder")
                }
                break
            }
            let name = relative(path + [file])
            if named.contains(name) { continue }
            var parsed = DropParser(models: models).parse(folder.appending(file), as: name)
            if Self.isSpec(file) {
                parsed.jobs = parsed.jobs.compactMap { job in
                    guard case .recording(let wanted) = job.source else { return job }
                    guard let recording = files.first(where: { $0.string == wanted }) else {
                        refuse(path + [file], "field \"file\" names \(wanted), which is not beside the spec", "Put both in one folder")
                        return nil
                    }
                    if let problem = DropParser.problem(with: folder.appending(recording)) {
                        refuse(path + [file], "field \"file\" names \(wanted): \(problem.reason)", problem.hint ?? "Drop it again")
                        return nil
                    }
                    var job = job
                    let place = relative(path + [recording])
                    job.source = .recording(place)
                    named.insert(place)
                    return job
                }
            }
            if Self.isSpec(file), !parsed.refused.isEmpty {
                // Worked on without the wishes that were meant for it, it would be another transcript than was wanted.
                let text = (try? FileSystem.read(folder.appending(file), limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
                for recording in files where Companions.isRecording(recording.string) && Self.names(text, recording.string) {
                    guard named.insert(relative(path + [recording])).inserted else { continue }
                    refuse(path + [recording], "its spec \(file.string) could not be used", "Mend the spec and drop both again")
                }
            }
            for refusal in parsed.refused {
                var refusal = refusal
                refusal.file = name
                drop.refused.append(refusal)
            }
            jobs += parsed.jobs.map { job in
                var job = job
                job.file = name
                return job
            }
        }
        for var job in jobs {
            if case .recording(let name) = job.source { job.companions = companions[Self.lastStem(name)] ?? [] }
            drop.jobs.append(job)
        }
    }

    /// Whether a text that may not be readable as a spec names a file: "a.wav" is not named by "data.wav".
    private static func names(_ text: String, _ file: String) -> Bool {
        func isOfName(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber || "-_.".contains($0) } ?? false }
        return text.ranges(of: file).contains { range in
            let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : nil
            return !isOfName(before) && !isOfName(range.upperBound < text.endIndex ? text[range.upperBound] : nil)
        }
    }

    private mutating func refuse(_ path: [FilePath.Component], _ reason: String, _ hint: String) {
        var refusal = Receipt.Refusal(reason: reason, hint: hint)
        refusal.file = relative(path)
        drop.refused.append(refusal)
    }

    private func relative(_ path: [FilePath.Component]) -> String { path.map(\.string).joined(separator: "/") }

    private static func lastStem(_ name: String) -> String { DropName.stem(name.split(separator: "/").last.map(String.init) ?? name) }

    private static func isSpec(_ file: FilePath.Component) -> Bool {
        DropParser.specEndings.contains(DropName.fileExtension(file.string))
    }
}
