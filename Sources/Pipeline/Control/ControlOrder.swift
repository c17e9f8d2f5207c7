import SpoolFiles

/// What a drop in a control folder other than `incoming/` asks for.
struct ControlOrder: Sendable {
    /// What is to be done with each target.
    enum Wish: Sendable, Hashable {
        case retry
        case cancel
        case delete(isHard: Bool)
        case restore
        case update(VideoEdits)
        /// A corrected transcript becomes the current version.
        case correct(Correction)
        /// An earlier version becomes the current one again.
        case version(String)
        /// The fields of the spec that were set replace the settings.
        case reprocess(JobSpec)

        /// The verb for people: "may not cancel it".
        var verb: String {
            switch self {
            case .retry: "retry"
            case .cancel: "cancel"
            case .delete: "delete"
            case .restore: "restore"
            case .update, .correct, .version: "update"
            case .reprocess: "reprocess"
            }
        }
    }

    /// A name that stands for jobs or videos, and where it was written.
    struct Target: Sendable, Hashable {
        var text: String
        var line: Int?

        var isLink: Bool { text.contains("://") }
    }

    var wish: Wish
    /// The drop's own name and shorter forms of it; the first that stands for something counts.
    var names: [String]
    /// The same without the number of a copy; they count where nothing of the other names is there, and only as the id of a video.
    var namesOfCopy: [String] = []
    /// Names inside the drop.
    var targets: [Target] = []
    var refused: [Receipt.Refusal] = []
}
