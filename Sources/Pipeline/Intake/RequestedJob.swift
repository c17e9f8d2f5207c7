import SpoolFiles

/// What a drop asks for, before it is a job.
struct RequestedJob: Sendable, Hashable {
    enum Source: Sendable, Hashable {
        case address(VideoAddress)
        /// A recording in the drop: its name, or its path in a dropped folder.
        case recording(String)
    }

    var source: Source
    var spec: JobSpec
    /// The file in a dropped folder that asked for it, by its path in the folder.
    var file: String?
    /// Files of the same stem that belong to a recording, by their paths in the dropped folder.
    var companions: [Companion] = []

    struct Companion: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            case siteMetadata, captions
            /// With its extension.
            case picture(String)
        }

        let path: String
        let kind: Kind
    }
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
