import SpoolFiles

/// A finished video as the store records it.
public struct VideoRecord: Sendable, Hashable {
    public let id: String
    /// Stands for the address it came from.
    public let addressID: String?
    /// The job that made the present bundle.
    public let jobID: String
    public let title: String
    /// Whose drop it was.
    public let userID: String
    /// What people changed in its metadata.
    public var edits = VideoEdits()
    public let createdAt: Timestamp
    public var updatedAt: Timestamp
    /// When it went into the trash, and who put it there.
    public var deletedAt: Timestamp?
    public var deletedBy: String?

    public init(id: String, addressID: String?, jobID: String, title: String, userID: String, createdAt: Timestamp) {
        self.id = id
        self.addressID = addressID
        self.jobID = jobID
        self.title = title
        self.userID = userID
        self.createdAt = createdAt
        updatedAt = createdAt
    }
}
