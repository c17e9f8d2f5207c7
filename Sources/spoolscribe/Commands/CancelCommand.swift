import ArgumentParser
import SpoolFiles

struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel jobs that are under way; of an earlier drop all of them.",
        discussion: ControlOptions.discussion)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: ControlOptions

    func run() async throws { try await options.send([:], to: .cancel, global) }
}
