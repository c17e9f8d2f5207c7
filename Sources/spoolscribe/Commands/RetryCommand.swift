import ArgumentParser
import SpoolFiles

struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Try jobs again that have failed or were cancelled, first of all and from the stage that failed.",
        discussion: ControlOptions.discussion)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: ControlOptions

    func run() async throws { try await options.send([:], to: .retry, global) }
}
