/// Why the report could not be made.
public struct ReportError: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public let hint: String

    public var description: String { "the report could not be made: \(reason). \(hint)" }
}
