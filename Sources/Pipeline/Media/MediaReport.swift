import SpoolFiles

/// A line that the child which opens media writes to its parent.
enum MediaReport: Codable, Sendable {
    /// Seconds of the recording done, and in all.
    case progress(done: Double, total: Double)
    /// All is done; what the source holds, and the name of the copied audio track if it could be copied.
    case extracted(VideoMetadata.Media, audio: String?, warnings: [String])
    /// A still image was written.
    case still
    case failure(Failure)
}
