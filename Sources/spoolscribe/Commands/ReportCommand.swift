import ArgumentParser
import CLinux
import Foundation
import Logging
import Pipeline
import Report
import SpoolFiles
import SystemPackage

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write the static site report/, and print the path of its first page.",
        discussion: "While a daemon works on the spool, it writes the site by itself.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        linux_few_heaps()
        ServiceAssembly.limitModes()
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        guard FileSystem.exists(settings.database) else {
            throw CommandError.notReady("there is no database \(settings.database.string)", hint: "It is made by spoolscribe run")
        }
        if SpoolLock.holderIfHeld(settings.layout.lock) != nil {
            // Two that write the same files would name each other's.
            Terminal.warn("The daemon renews the report by itself, a few seconds after each change; nothing was written now")
            return print(settings.layout.report.appending("index.html").string)
        }
        var logger = Logger(label: "report") { PlainLogHandler(label: $0) }
        logger.logLevel = .warning
        let store = try ServiceAssembly(settings: settings, logger: logger).openStore()
        let builder = try SiteBuilder(
            layout: settings.layout, store: store, version: Version.current, options: try settings.site(),
            width: ProcessInfo.processInfo.activeProcessorCount, logger: logger)
        print(try await builder.build(isStopped: true).string)
    }
}
