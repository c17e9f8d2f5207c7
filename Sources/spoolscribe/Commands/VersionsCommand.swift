import ArgumentParser
import Pipeline
import Report
import SpoolFiles
import SystemPackage

struct VersionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions", abstract: "List the versions of a video's transcript, or compare two of them word by word.",
        discussion: """
            Each reprocessing and each corrected transcript makes one; none is lost. `spoolscribe restore VIDEO --version ID` makes an earlier one the current one again. The last characters of an id will do.
            With --json: one JSON value.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The id of a video or job, or the name of a drop.", valueName: "video"))
    var video: String

    @Option(
        help: ArgumentHelp("Show what is different from this version in the current one, or in the one given with --with.", valueName: "id")
    )
    var compare: String?

    @Option(help: ArgumentHelp("The later one of the two that are compared.", valueName: "id"))
    var with: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Listed: Encodable {
        let version: String
        let isCurrent: Bool
        let words: Int
        let language: String
        let quality: Transcript.Quality?
        let provenance: Transcript.Provenance

        private enum CodingKeys: String, CodingKey {
            case version, words, language, quality, provenance
            case isCurrent = "current"
        }
    }

    private struct Compared: Encodable {
        let from: String
        let to: String
        let sameWords: Int
        let changes: [TranscriptComparison.Change]

        private enum CodingKeys: String, CodingKey {
            case from, to, changes
            case sameWords = "same_words"
        }
    }

    func validate() throws {
        if with != nil, compare == nil { throw ValidationError("--with needs --compare") }
    }

    func run() async throws {
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        let reader = SidecarReader(layout: settings.layout)
        guard let (bundle, _) = reader.video(named: reader.jobs(named: video).first?.videoID ?? video) else {
            throw CommandError.notFound("there is no finished video \(video)", hint: "spoolscribe list --videos shows them")
        }
        let versions = try TranscriptVersions(bundle: bundle)
        if let compare { try show(try version(compare, versions), try version(with, versions)) } else { list(versions) }
    }

    private func version(_ id: String?, _ versions: TranscriptVersions) throws(CommandError) -> TranscriptVersions.Version {
        if let found = id.map({ versions.version($0) }) ?? versions.current { return found }
        throw .notFound(
            "there is no version \(id ?? "")", hint: "There are \(versions.all.map(\.id).joined(separator: ", "))")
    }

    private func list(_ versions: TranscriptVersions) {
        let listed = versions.all.map { version in
            let transcript = version.transcript
            return Listed(
                version: version.id, isCurrent: version.isCurrent, words: transcript.text.split(whereSeparator: \.isWhitespace).count,
                language: transcript.language, quality: transcript.quality, provenance: transcript.provenance)
        }
        if json { return print(String(decoding: SpoolJSON.data(listed), as: UTF8.self), terminator: "") }
        for version in listed {
            let score = version.quality.map { ", quality \(PeopleFormat.percent($0.score))" } ?? ""
            print(
                "\(version.isCurrent ? "* " : "  ")\(version.version)  \(PeopleFormat.moment(version.provenance.createdAt))  \(Terminal.plain(PeopleFormat.maker(version.provenance))), \(version.words) words\(score)"
            )
        }
        if listed.count > 1 { print(Terminal.dim("* is the current one")) }
    }

    private func show(_ earlier: TranscriptVersions.Version, _ later: TranscriptVersions.Version) throws {
        let comparison = TranscriptComparison(from: earlier.transcript, to: later.transcript)
        if json {
            let compared = Compared(from: earlier.id, to: later.id, sameWords: comparison.sameWords, changes: comparison.changes)
            return print(String(decoding: SpoolJSON.data(compared), as: UTF8.self), terminator: "")
        }
        print("from \(earlier.id) (\(Terminal.plain(PeopleFormat.maker(earlier.transcript.provenance))))")
        print("to   \(later.id) (\(Terminal.plain(PeopleFormat.maker(later.transcript.provenance))))")
        for change in comparison.changes {
            let from = change.from.isEmpty ? "" : Terminal.red("-\(Terminal.plain(change.from))")
            let to = change.to.isEmpty ? "" : Terminal.green("+\(Terminal.plain(change.to))")
            print("\(Terminal.column(PeopleFormat.clock(change.start), 9)) \([from, to].filter { !$0.isEmpty }.joined(separator: "  "))")
        }
        let count = comparison.changes.count
        print("\(count) place\(count == 1 ? "" : "s") changed, \(comparison.sameWords) of \(comparison.words) words the same")
    }
}
