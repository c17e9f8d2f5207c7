import ArgumentParser
import Foundation
import SpoolFiles
import SystemPackage

struct AddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Drop links, recordings or folders, and tell what became of them.",
        discussion:
            "Needs only the shared folder: it writes drops into incoming/ and waits for the receipts. Exit code 4 if a drop was rejected, 5 if nobody took it."
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("Links, or files and folders: recordings, lists, job specs.", valueName: "link or file"))
    var items: [String]

    @Option(help: ArgumentHelp("Drop into the folder of this preset.", valueName: "name"))
    var preset: String?

    @Option(help: ArgumentHelp("Look again and again for new items of a playlist or channel: 6h, 1d.", valueName: "interval"))
    var follow: String?

    @Option(help: ArgumentHelp("How long to wait for the receipts; 0 does not wait.", valueName: "seconds"))
    var wait: Double = 10

    @Flag(help: "Print the receipts as JSON lines.")
    var json = false

    func run() async throws {
        let settings = try await Settings(options: global)
        let layout = settings.layout
        try settings.requireSpool()
        let place = DropPlace(.incoming, preset: preset)
        if let preset, !DropPlace.isPresetName(preset) || !FileSystem.exists(layout.control(place)) {
            throw CommandError.notFound(
                "there is no preset \(preset): \(place.name)/ is not there", hint: "Presets come from the daemon's settings")
        }
        let sender = DropSender(layout: layout)
        let links = items.filter { $0.contains("://") }
        var drops: [DropSender.Sent] = []
        if let follow {
            guard let interval = FollowInterval(follow), !links.isEmpty else {
                throw CommandError.wrongUse(
                    "--follow is for links, with \"15m\" to \"52w\": a number with m, h, d or w; it is \"\(follow)\"",
                    hint: "For example add --follow 6h https://www.youtube.com/@example")
            }
            let specs = links.map { link in
                var spec = JobSpec(url: link)
                spec.follow = interval
                return spec
            }
            drops.append(try sender.send(SpoolJSON.data(specs), as: DropName.ofCommand("followed", extension: "json"), in: place))
        } else if !links.isEmpty {
            let list = Data((links.joined(separator: "\n") + "\n").utf8)
            drops.append(try sender.send(list, as: DropName.ofCommand("added", extension: "txt"), in: place))
        }
        for item in items where !item.contains("://") { drops.append(try sender.sendCopy(of: FilePath(item), preset: preset)) }
        try await sender.answer(drops, wait: wait, json: json, warning: settings.daemonWarning)
    }
}
