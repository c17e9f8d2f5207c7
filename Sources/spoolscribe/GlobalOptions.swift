import ArgumentParser

/// Options of every command. They may stand before or after the command's name.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The spool folder (default: $SPOOLSCRIBE_SPOOL, else ./spool).", valueName: "folder"))
    var spool: String?

    @Option(
        help: ArgumentHelp("The settings file (default: $SPOOLSCRIBE_CONFIG, else /etc/spoolscribe/spoolscribe.yaml).", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Set one setting for this run; may be repeated.", valueName: "name=value"))
    var set: [String] = []

    private static let commandsInCommands: [String: Set<String>] = ["graph": ["walk", "export"], "tools": ["show", "update"]]

    /// Moves these options behind the command's name, where the parser looks for them.
    static func behindCommand(_ arguments: [String]) -> [String] {
        let names: Set<String> = ["--spool", "--config", "--set"]
        var leading: [String] = []
        var rest = arguments[...]
        while let first = rest.first {
            if names.contains(first), rest.count > 1 {
                leading += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else if names.contains(where: { first.hasPrefix("\($0)=") }) {
                leading.append(first)
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        // Without a command there is nothing to do but to explain it.
        guard let command = rest.first else { return [] }
        guard !command.hasPrefix("-") else { return arguments }
        // A command in a command is the one that takes the options.
        let words = commandsInCommands[command]?.contains(rest.dropFirst().first ?? "") == true ? 2 : 1
        return rest.prefix(words) + leading + rest.dropFirst(words)
    }
}
