import ArgumentParser
import Foundation
import Jobs
import Report
import SpoolFiles
import SystemPackage

struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph", abstract: "Show what a video has to do with others, or write the graph of all videos.",
        subcommands: [GraphWalkCommand.self, GraphExportCommand.self], defaultSubcommand: GraphWalkCommand.self)

    /// The store, or the reason why there is no graph here.
    static func store(_ settings: Settings) throws(CommandError) -> SQLiteJobStore {
        guard let store = settings.storeAtHand() else {
            throw .notReady(
                "the graph is in the database \(settings.database.string), which is not at hand",
                hint: "Run it on the daemon's machine as a user who may use it; a video's own relations are relations.json in its bundle")
        }
        return store
    }
}

struct GraphWalkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "walk", abstract: "Walk from a video along channel, tags, playlists, links and people.",
        discussion: "With --json: one JSON value with nodes, each with its depth, and edges.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The id of a video or job, or the name of a drop.", valueName: "video"))
    var video: String

    @Option(help: "How many steps from the video.")
    var depth = 1

    @Option(help: ArgumentHelp("Walk over nodes of this kind only; may be repeated.", valueName: "kind"))
    var kind: [String] = []

    @Option(help: "How many nodes at most.")
    var limit = 200

    @Flag(help: "Print JSON.")
    var json = false

    private struct Answer: Encodable {
        struct Node: Encodable {
            let id: String
            let kind: String
            let label: String
            let url: String?
            let depth: Int
        }

        let nodes: [Node]
        let edges: [Relations.Edge]
        let isCut: Bool

        private enum CodingKeys: String, CodingKey {
            case nodes, edges
            case isCut = "cut"
        }
    }

    func validate() throws {
        guard (0...10).contains(depth) else { throw ValidationError("--depth is a number from 0 to 10") }
        guard limit > 0 else { throw ValidationError("--limit is greater than 0") }
    }

    func run() async throws {
        let kinds = try kind.map { name in
            guard let kind = Relations.Kind(rawValue: name) else {
                throw CommandError.wrongUse(
                    "there is no kind \(name)", hint: "Kinds are \(Relations.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return kind
        }
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        let store = try GraphCommand.store(settings)
        let videoID = try await videoID(in: store)
        let graph = try await store.graph(around: "\(Relations.Kind.video.rawValue):\(videoID)", depth: depth, kinds: kinds, limit: limit)
        guard !graph.places.isEmpty else {
            throw CommandError.notFound("nothing is known of what \(videoID) has to do with others", hint: "Is it in the trash?")
        }
        if json {
            let answer = Answer(
                nodes: graph.places.map {
                    .init(id: $0.node.id, kind: $0.node.kind.rawValue, label: $0.node.label, url: $0.node.url, depth: $0.depth)
                }, edges: graph.edges, isCut: graph.isCut)
            return print(String(decoding: SpoolJSON.data(answer), as: UTF8.self), terminator: "")
        }
        show(graph)
    }

    private func videoID(in store: SQLiteJobStore) async throws -> String {
        let found: String? =
            switch try await store.subject(named: video, for: nil) {
            case .video(let id, _, _)?: id
            case .job(let job)?: job.videoID
            case .drop(_, let jobs)?:
                if jobs.count == 1 {
                    jobs[0].videoID
                } else {
                    throw CommandError.wrongUse(
                        "\(video) stands for \(jobs.count) jobs",
                        hint: "Name one of their videos: \(jobs.compactMap(\.videoID).prefix(5).joined(separator: ", "))")
                }
            case .ambiguous(let ids)?: throw CommandError.wrongUse("several videos have that id: \(ids.joined(separator: ", "))")
            case nil: nil
            }
        guard let found else {
            throw CommandError.notFound("there is no video \(video)", hint: "spoolscribe list --videos shows those that are there")
        }
        return found
    }

    private func show(_ graph: Graph) {
        let depths = Dictionary(uniqueKeysWithValues: graph.places.map { ($0.node.id, $0.depth) })
        for place in graph.places {
            let label = Terminal.plain(place.node.label)
            guard place.depth > 0 else {
                print(Terminal.bold(label) + "  " + Terminal.dim(place.node.key))
                continue
            }
            // How it hangs on a node one step nearer.
            let edge = graph.edges.first { edge in
                edge.to == place.node.id && depths[edge.from] == place.depth - 1
                    || edge.from == place.node.id && depths[edge.to] == place.depth - 1
            }
            let verb = edge?.verb.rawValue.replacingOccurrences(of: "_", with: " ") ?? ""
            let words = edge?.from == place.node.id ? "\(verb) it" : verb
            let indent = String(repeating: "  ", count: place.depth)
            let count = edge?.count.map { $0 > 1 ? ", \($0) times" : "" } ?? ""
            print(
                "\(indent)\(Terminal.column(place.node.kind.rawValue, 9)) \(label)  \(Terminal.dim("\(words)\(count)  \(Terminal.plain(place.node.key))"))"
            )
        }
        if graph.isCut { print(Terminal.dim("There is more; --limit \(limit * 5) shows more, --kind only some")) }
    }
}

struct GraphExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the graph of all videos for other programs.")

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("graphml (Gephi, yEd, NetworkX), cypher (Neo4j) or jsonl.", valueName: "format"))
    var format: String

    func run() async throws {
        guard let format = GraphFormat(rawValue: format) else {
            throw CommandError.wrongUse(
                "there is no format \(format)", hint: "Formats are \(GraphFormat.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        let store = try GraphCommand.store(settings)
        write(format.head)
        var last = ""
        // A page at a time: the graph may be larger than memory.
        while true {
            let nodes = try await store.graphNodes(after: last, limit: 1000)
            guard let final = nodes.last else { break }
            write(nodes.map(format.line).joined())
            last = final.id
        }
        var place: GraphPlace?
        repeat {
            let (edges, next) = try await store.graphEdges(after: place, limit: 1000)
            write(edges.map(format.line).joined())
            place = next
        } while place != nil
        write(format.foot)
    }

    private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}
