import SpoolFiles

/// What a drop asks for, before it is a job.
struct RequestedJob: Sendable, Hashable {
    enum Source: Sendable, Hashable {
        case address(VideoAddress)
        /// The name of a recording in the drop.
        case recording(String)
    }

    let source: Source
    let spec: JobSpec
}

/// What a drop holds: jobs, and lines that cannot be used. One bad line does not spoil the others.
struct ParsedDrop: Sendable {
    var jobs: [RequestedJob] = []
    var refused: [Receipt.Refusal] = []

    static func refused(_ reason: String, _ hint: String?) -> ParsedDrop {
        ParsedDrop(refused: [Receipt.Refusal(reason: reason, hint: hint)])
    }

    mutating func add(address text: String, line: Int?, spec: JobSpec = JobSpec()) {
        do {
            let address = try VideoAddress(text)
            var spec = spec
            spec.url = address.url
            jobs.append(RequestedJob(source: .address(address), spec: spec))
        } catch {
            refused.append(Receipt.Refusal(line: line, text: text, reason: error.reason, hint: error.hint))
        }
    }
}
