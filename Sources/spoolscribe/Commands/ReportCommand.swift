import ArgumentParser
import Foundation
import Logging
import Pipeline
import Report
import SpoolFiles
import SystemPackage

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write the static site report/ now, and print the path of its first page.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        guard FileSystem.exists(settings.database) else {
            throw CommandError.notReady("there is no database \(settings.database.string)", hint: "It is made by spoolscribe run")
        }
        var logger = Logger(label: "report") { PlainLogHandler(label: $0) }
        logger.logLevel = .warning
        let store = try ServiceAssembly(settings: settings, logger: logger).openStore()
        let builder = try SiteBuilder(
            layout: settings.layout, store: store, version: Version.current, options: try settings.site(),
            width: ProcessInfo.processInfo.activeProcessorCount, logger: logger)
        print(try await builder.build().string)
    }
}
