import ArgumentParser
import Foundation
import Pipeline
import SpoolFiles
import SystemPackage

struct ToolsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tools", abstract: "Show the programs that do the work, or renew yt-dlp.",
        subcommands: [ToolsShowCommand.self, ToolsUpdateCommand.self], defaultSubcommand: ToolsShowCommand.self)
}

struct ToolsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the programs that do the work, with their versions.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let settings = try await Settings(options: global)
        let tools = try await ToolsCommand.versions(settings)
        if json { return print(String(decoding: SpoolJSON.data(tools), as: UTF8.self), terminator: "") }
        for tool in tools {
            let missing = [tool.problem, tool.advice].compactMap { $0 }.joined(separator: ". ")
            print("\(Terminal.column(tool.name, 16)) \(Terminal.plain(tool.version ?? "missing: \(missing)"))")
        }
    }
}

extension ToolsCommand {
    fileprivate static func versions(_ settings: Settings) async throws -> [Toolbox.PythonTool] {
        do {
            return try await settings.toolbox.pythonVersions(model: try settings.pipeline().transcription.model)
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError.notReady(
                "\(settings.toolbox.python.string) cannot be run: \(error)", hint: "Run scripts/setup, or set tools.python")
        }
    }
}

struct ToolsUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Renew yt-dlp, which follows the sites: they change every few weeks.",
        discussion:
            "Fetches the newest yt-dlp with what it needs from PyPI (or PIP_INDEX_URL) into the Python environment of the set-up. A daemon that runs uses it from its next download on. scripts/setup goes back to the version that was tested."
    )

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let settings = try await Settings(options: global)
        let before = try await ToolsCommand.versions(settings)
        do {
            try await settings.toolbox.updateYtDlp { print(Terminal.dim(Terminal.plain($0))) }
        } catch {
            throw CommandError.failed(
                "yt-dlp could not be renewed: \(error)",
                hint: "Is there a connection to PyPI? May this user write in the folder of \(settings.toolbox.python.string)?")
        }
        for tool in try await ToolsCommand.versions(settings) {
            let earlier = before.first { $0.name == tool.name }?.version
            guard Toolbox.renewable.contains(tool.name) else { continue }
            print(
                tool.version == earlier
                    ? "\(tool.name) \(tool.version ?? "missing") is the newest"
                    : "\(tool.name) \(tool.version ?? "missing"), before it was \(earlier ?? "missing")")
        }
    }
}
