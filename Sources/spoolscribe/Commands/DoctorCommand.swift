import ArgumentParser
import Foundation
import Pipeline
import SpoolFiles
import SystemPackage
import Watcher

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check everything the daemon needs, and say what to do about what is missing.",
        discussion: "Exit code 0 if all is well, 5 if something is missing. With --json: one JSON array.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let settings = try await Settings(options: global)
        let checks = await Checkup(settings: settings).checks()
        if json {
            print(String(decoding: SpoolJSON.data(checks), as: UTF8.self), terminator: "")
        } else {
            for check in checks {
                let mark = check.isGood ? Terminal.green("good") : Terminal.red("MISS")
                print("\(mark)  \(Terminal.column(check.name, 22)) \(Terminal.plain(check.found))")
                if !check.isGood, let advice = check.advice { print("      → \(advice)") }
            }
        }
        if checks.contains(where: { !$0.isGood }) { throw ExitCode(CommandError.Code.notReady.rawValue) }
    }
}
