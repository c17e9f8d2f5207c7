import ArgumentParser
import Foundation
import Pipeline
import SpoolFiles
import SystemPackage

/// What all commands share that act by a drop.
struct ControlOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Ids of jobs or videos, names of earlier drops, or links.", valueName: "target"))
    var targets: [String]

    @Option(help: ArgumentHelp("How long to wait for the receipt; 0 does not wait.", valueName: "seconds"))
    var wait: Double = 60

    @Flag(help: "Print the receipt as JSON.")
    var json = false

    static let discussion =
        "Needs only the shared folder: it writes a drop and waits for its receipt. Exit code 3 if nothing has that name, 4 if it was refused, 5 if nobody answered."

    /// Drops the order into the folder and prints what became of it.
    func send(_ fields: [String: OrderValue], to folder: ControlFolder, _ global: GlobalOptions) async throws {
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        var order = fields
        order["targets"] = .texts(targets)
        let sender = DropSender(layout: settings.layout)
        let drop = try sender.send(SpoolJSON.data(order), as: DropName.ofCommand(folder.rawValue, extension: "json"), in: DropPlace(folder))
        try await sender.answer([drop], wait: wait, json: json, warning: settings.daemonWarning)
    }
}

/// A value in the JSON of an order.
enum OrderValue: Encodable {
    case text(String)
    case texts([String])
    case number(Int)
    case flag(Bool)
    case names([String: String])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .texts(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .flag(let value): try container.encode(value)
        case .names(let value): try container.encode(value)
        }
    }
}
