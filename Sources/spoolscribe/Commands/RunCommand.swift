import ArgumentParser
import CLinux
import Logging

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the daemon: take drops and work on them until told to stop (SIGTERM or Ctrl-C).",
        discussion: "Makes the spool if its folder is not there at all. Logs to standard error.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let settings = try await Settings(options: global)
        var logger = Logger(label: "spoolscribe") { PlainLogHandler(label: $0) }
        logger.logLevel = settings.logLevel
        linux_few_heaps()
        ServiceAssembly.limitModes()
        try await ServiceAssembly(settings: settings, logger: logger).run()
    }
}
