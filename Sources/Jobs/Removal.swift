import SpoolFiles

/// A hard deletion under way: of a video with its jobs, or of a job that has no video.
public struct Removal: Sendable, Hashable {
    /// What is taken away, one after the other. The step that is noted is done; a removal that was cut off goes on behind it.
    public enum Step: String, Sendable, CaseIterable {
        case searchIndex = "search_index"
        case relations, comments, chapters, transcripts, jobs, metadata, files
    }

    /// A video's id, or a job's.
    public let subject: String
    public let isVideo: Bool
    public let requestedBy: String
    public let requestedAt: Timestamp
    /// The last step that is done.
    public var done: Step?

    public init(subject: String, isVideo: Bool, requestedBy: String, requestedAt: Timestamp) {
        self.subject = subject
        self.isVideo = isVideo
        self.requestedBy = requestedBy
        self.requestedAt = requestedAt
    }

    /// The steps that are still to do, in their order.
    public var remaining: ArraySlice<Step> {
        let all = Step.allCases
        guard let done, let index = all.firstIndex(of: done) else { return all[...] }
        return all[(index + 1)...]
    }
}
