/// What kind of failure it was, decided where it happened. The class decides what happens next.
public enum FailureClass: String, Codable, Sendable, CaseIterable {
    /// May pass by itself: timeout, reset, 5xx. Tried again after a while, at most `max_retries` times.
    case transient
    /// The site refuses for a while: bot check, 429. The site pauses, no try is counted.
    case blocked
    /// Not there yet: premiere, live stream running. Waits in `pending`, no try is counted.
    case notYet = "not_yet"
    /// This machine lacks something: disk space, a model, rights. The stage pauses, no try is counted.
    case local
    /// Will never work: removed, private, not media, bad spec. The job fails at once.
    case permanent
}

/// Why a stage failed, in words for people and a code for programs.
public struct Failure: Error, Codable, Hashable, Sendable, CustomStringConvertible {
    public var `class`: FailureClass
    /// `snake_case`, stable: programs may compare it.
    public var code: String
    /// What went wrong, where and why.
    public var message: String
    /// What a person can do about it.
    public var hint: String?
    /// For `notYet` and `blocked`: the time before which another try is useless, where it is known.
    public var notBefore: Timestamp?

    public init(_ class: FailureClass, _ code: String, _ message: String, hint: String? = nil, notBefore: Timestamp? = nil) {
        self.class = `class`
        self.code = code
        self.message = message
        self.hint = hint
        self.notBefore = notBefore
    }

    public var description: String {
        guard let hint else { return message }
        return message.hasSuffix(".") ? "\(message) \(hint)" : "\(message). \(hint)"
    }

    private enum CodingKeys: String, CodingKey {
        case `class`, code, message, hint
        case notBefore = "not_before"
    }
}
