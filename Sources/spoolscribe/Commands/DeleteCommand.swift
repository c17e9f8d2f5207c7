import ArgumentParser
import SpoolFiles

struct DeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Put videos into the trash, from where they can be restored; with --hard, remove them for good.",
        discussion: ControlOptions.discussion)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: ControlOptions

    @Flag(help: "Remove for good, with all that was made of it.")
    var hard = false

    func run() async throws { try await options.send(hard ? ["hard_delete": .flag(true)] : [:], to: .delete, global) }
}
