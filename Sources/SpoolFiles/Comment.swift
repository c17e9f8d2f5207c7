/// One line of `comments.jsonl`: what somebody wrote under a video.
public struct Comment: Codable, Hashable, Sendable {
    /// The name of the file in a bundle.
    public static let name = "comments.jsonl"

    public var commentID: String
    /// The comment that it answers; absent for one that begins a thread.
    public var parentID: String?
    public var author: String?
    public var authorID: String?
    /// Written by whoever published the video.
    public var isUploader: Bool?
    public var text: String
    /// When it was written, as exactly as the site tells.
    public var at: Timestamp?
    public var likes: Int?
    /// Whether the uploader marked it with a heart, or pinned it to the top.
    public var isHearted: Bool?
    public var isPinned: Bool?

    public init(commentID: String, text: String) {
        self.commentID = commentID
        self.text = text
    }

    private enum CodingKeys: String, CodingKey {
        case author, text, at, likes
        case commentID = "comment_id"
        case parentID = "parent_id"
        case authorID = "author_id"
        case isUploader = "author_is_uploader"
        case isHearted = "hearted"
        case isPinned = "pinned"
    }
}
