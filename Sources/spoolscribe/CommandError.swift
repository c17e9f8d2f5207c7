/// Why a command did not do what it was asked, with the exit code that tells scripts.
struct CommandError: Error, Sendable, CustomStringConvertible {
    /// The exit codes that README documents.
    enum Code: Int32, Sendable {
        case failed = 1
        case wrongUse = 2
        case notFound = 3
        case refused = 4
        case notReady = 5
    }

    let code: Code
    let message: String
    let hint: String?

    var description: String { hint.map { "\(message)\n  \($0)" } ?? message }

    static func failed(_ message: String, hint: String? = nil) -> CommandError { .init(code: .failed, message: message, hint: hint) }
    static func wrongUse(_ message: String, hint: String? = nil) -> CommandError { .init(code: .wrongUse, message: message, hint: hint) }
    static func notFound(_ message: String, hint: String? = nil) -> CommandError { .init(code: .notFound, message: message, hint: hint) }
    static func refused(_ message: String, hint: String? = nil) -> CommandError { .init(code: .refused, message: message, hint: hint) }
    static func notReady(_ message: String, hint: String? = nil) -> CommandError { .init(code: .notReady, message: message, hint: hint) }

    static func unknownSetting(_ name: String, in source: String) -> CommandError {
        .failed("\(source) sets \"\(name)\", and there is no such setting", hint: "spoolscribe settings lists all of them")
    }

    static func wrongSetting(_ definition: SettingDefinition, in source: String, found: String?) -> CommandError {
        .failed(
            "\(source) sets \(definition.key)\(found.map { " to \($0)" } ?? ""), but it must be \(definition.allowed)",
            hint: definition.help)
    }
}
