/// What people changed in the metadata of a video. It is kept apart, so that a later run of the pipeline does not undo it.
public struct VideoEdits: Codable, Hashable, Sendable {
    public var title: String?
    public var tags: [String]?
    public var description: String?
    /// An ISO 639 code.
    public var language: String?
    /// Names of speakers by their labels; an empty name takes a name away.
    public var speakers: [String: String]?

    public init() {}

    public var isEmpty: Bool { self == VideoEdits() }

    /// What is changed, by the names of the fields.
    public var names: [String] {
        [
            ("title", title != nil), ("tags", tags != nil), ("description", description != nil), ("language", language != nil),
            ("speakers", speakers != nil),
        ]
        .filter(\.1).map(\.0)
    }

    /// These edits with later ones on top.
    public func merged(with later: VideoEdits) -> VideoEdits {
        var result = self
        result.title = later.title ?? title
        result.tags = later.tags ?? tags
        result.description = later.description ?? description
        result.language = later.language ?? language
        if let names = later.speakers { result.speakers = (speakers ?? [:]).merging(names) { $1 } }
        return result
    }

    /// Puts the edited values in the place of what the site or the file had.
    public func apply(to metadata: inout VideoMetadata) {
        if let title { metadata.title = title }
        if let tags { metadata.tags = tags }
        if let description { metadata.description = description }
        if let language { metadata.language = language }
        if let speakers {
            let named = (metadata.speakers ?? [:]).merging(speakers) { $1 }.filter { !$0.value.isEmpty }
            metadata.speakers = named.isEmpty ? nil : named
        }
    }
}
