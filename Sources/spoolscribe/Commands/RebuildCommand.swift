import ArgumentParser
import Logging
import Pipeline
import SpoolFiles

struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Record all bundles anew: videos, search, chapters, comments and graph.",
        discussion: """
            For a database that was lost or is older than its bundles; needs no network, and the daemon must not run. Jobs are not brought back: what became of them stands in their status.json files.
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        ServiceAssembly.limitModes()
        let layout = settings.layout
        let assembly = ServiceAssembly(settings: settings, logger: Logger(label: "spoolscribe"))
        let lock = try assembly.takeLock(layout)
        defer { withExtendedLifetime(lock) {} }
        let store = try assembly.openStore()
        let outcome = try await CatalogueRebuild(layout: layout, store: store).run { number, count in
            if Terminal.isInteractive { print("\r\(number) of \(count)", terminator: "") }
        }
        if Terminal.isInteractive { print("\r", terminator: "") }
        for (videoID, reason) in outcome.unreadable { print("could not read \(videoID): \(Terminal.plain(reason))") }
        print("recorded \(outcome.recorded) video\(outcome.recorded == 1 ? "" : "s"), \(outcome.found) of them unknown before")
        if !outcome.unreadable.isEmpty { throw CommandError.failed("some bundles cannot be read", hint: "Their names stand above") }
    }
}
