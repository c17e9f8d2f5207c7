import ArgumentParser
import SpoolFiles
import SystemPackage

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make the spool's folders, with owner and modes from the settings. Safe to repeat.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let settings = try await Settings(options: global)
        let spool = Spool(layout: settings.layout)
        try spool.make(try settings.spoolAccess())
        try spool.makePresets(settings.presets.keys.sorted(), try settings.spoolAccess())
        print("The spool is ready: \(settings.spool.string)")
        print("Drop links and recordings into \(settings.layout.control(.incoming).string)")
    }
}
