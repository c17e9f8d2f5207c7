import ArgumentParser
import CLinux
import Foundation
import Pipeline
import SpoolFiles

/// Turns video links and recordings into searchable, time-stamped text. Its user interface is a folder.
@main
struct Spoolscribe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spoolscribe",
        abstract: "Drop a link or a recording into a folder; get a time-stamped, searchable transcript.",
        discussion: """
            Begin with `spoolscribe run`, then put something into spool/incoming/.

            Exit codes: 0 done; 1 it failed and said why; 2 wrong use; 3 not found; 4 refused; 5 not ready; 130 interrupted.
            """,
        version: Version.current,
        subcommands: [
            InitCommand.self, RunCommand.self, AddCommand.self, StatusCommand.self, ListCommand.self, ShowCommand.self,
            WatchCommand.self, WaitCommand.self, StatsCommand.self, RetryCommand.self, CancelCommand.self, DeleteCommand.self,
            RestoreCommand.self, UpdateCommand.self, ReprocessCommand.self, VersionsCommand.self,
            SearchCommand.self, GraphCommand.self, ReportCommand.self, RebuildCommand.self, DoctorCommand.self,
            SettingsCommand.self, ToolsCommand.self,
            MediaChildCommand.self,
        ])

    static func main() async {
        // Lines appear as they are written, also in a pipe.
        linux_line_buffered_output()
        do {
            var command = try parseAsRoot(GlobalOptions.behindCommand(Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as CommandError {
            complain(error.description)
            Foundation.exit(error.code.rawValue)
        } catch let error as SpoolError {
            complain(error.description)
            Foundation.exit(CommandError.Code.failed.rawValue)
        } catch let error as ExitCode {
            Foundation.exit(error.rawValue)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success {
                print(text)
                Foundation.exit(0)
            }
            FileHandle.standardError.write(Data("\(text)\n".utf8))
            Foundation.exit(code == .validationFailure ? CommandError.Code.wrongUse.rawValue : CommandError.Code.failed.rawValue)
        }
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(
            Data("spoolscribe: \(text.split(separator: "\n").map { Terminal.plain(String($0)) }.joined(separator: "\n"))\n".utf8))
    }
}
