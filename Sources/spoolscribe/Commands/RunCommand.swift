import ArgumentParser
import Logging

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the daemon: take drops and work on them until told to stop (SIGTERM or Ctrl-C).",
        discussion: "Makes the spool if there is none. Logs to standard error.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let settings = try await Settings(options: global)
        var logger = Logger(label: "spoolscribe") { PlainLogHandler(label: $0) }
        logger.logLevel = settings.logLevel
        try await ServiceAssembly(settings: settings, logger: logger).run()
    }
}
