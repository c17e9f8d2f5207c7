import ArgumentParser
import SpoolFiles

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Take videos out of the trash.", discussion: ControlOptions.discussion)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: ControlOptions

    func run() async throws { try await options.send(["deleted": .flag(false)], to: .update, global) }
}
