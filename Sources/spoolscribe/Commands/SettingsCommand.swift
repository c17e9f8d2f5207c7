import ArgumentParser

struct SettingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Print a settings file with every setting, its meaning and its range.",
        discussion: "With --effective: what is in force here, and where each value came from.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print what is in force and where it came from.")
    var effective = false

    func run() async throws {
        if effective {
            let settings = try await Settings(options: global)
            for definition in SettingDefinition.all {
                print("\(definition.key): \(settings.text(of: definition))  # \(settings.source(of: definition.key) ?? "standard")")
            }
        } else {
            printExample()
        }
    }

    private func printExample() {
        print("# Settings of Spoolscribe. Each is shown with its standard value; take away the # to change it.")
        print("# Save as /etc/spoolscribe/spoolscribe.yaml, writable by its owner alone.")
        var section = ""
        for definition in SettingDefinition.all {
            let parts = definition.key.split(separator: ".")
            if parts[0] != section {
                section = String(parts[0])
                print("\n\(section):")
            }
            print("  # \(definition.help)")
            print("  # It is \(definition.allowed). In the environment: \(definition.environmentName)")
            print("  # \(parts[1]): \(definition.standard ?? "")")
        }
    }
}
