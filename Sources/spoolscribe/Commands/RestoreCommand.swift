import ArgumentParser
import SpoolFiles

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Take videos out of the trash, or make an earlier transcript the current one again.",
        discussion: ControlOptions.discussion)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: ControlOptions

    @Option(help: ArgumentHelp("The version of the transcript; spoolscribe versions lists them.", valueName: "id"))
    var version: String?

    func run() async throws {
        try await options.send(version.map { ["version": .text($0)] } ?? ["deleted": .flag(false)], to: .update, global)
    }
}
