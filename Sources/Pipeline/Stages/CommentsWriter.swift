import FoundationEssentials
import SpoolFiles
import Synchronization
import SystemPackage

/// Writes comments into `comments.jsonl` as they come, each once; memory grows with their ids alone.
final class CommentsWriter: Sendable {
    private struct State {
        var file: FileDescriptor?
        var seen: Set<String> = []
        var buffer = Data()
        var trouble: SpoolError?
    }

    private let state: Mutex<State>
    private let part: FilePath
    private let target: FilePath

    /// Begins anew, whatever an earlier run has left.
    init(_ work: StageWork) throws(StageFailure) {
        target = work.files.comments
        let part = work.files.folder.appending("comments.part")
        self.part = part
        state = Mutex(State())
        do {
            let file = try FileDescriptor.open(
                part, .writeOnly, options: [.create, .truncate, .noFollow, .closeOnExec], permissions: FolderModes.newFile)
            state.withLock { $0.file = file }
        } catch {
            throw .failed(Failure(SpoolError("write", part, errno: error as? Errno)))
        }
    }

    deinit { state.withLock { try? $0.file?.close() } }

    var count: Int { state.withLock { $0.seen.count } }

    /// Adds one, as yt-dlp has it. What is no comment is passed over.
    func add(_ json: Data) {
        guard let comment = try? JSONDecoder().decode(SiteComment.self, from: json).comment else { return }
        state.withLock { state in
            guard state.trouble == nil, state.seen.insert(comment.commentID).inserted else { return }
            state.buffer += SpoolJSON.line(comment)
            if state.buffer.count > 1 << 16 { write(&state) }
        }
    }

    /// Gives the file its name.
    func finish() throws(StageFailure) {
        let trouble = state.withLock { state in
            write(&state)
            try? state.file?.close()
            state.file = nil
            return state.trouble
        }
        if let trouble { throw .failed(Failure(trouble)) }
        do {
            try FileSystem.move(part, to: target)
        } catch {
            throw .failed(Failure(error))
        }
    }

    private func write(_ state: inout State) {
        do {
            try state.buffer.withUnsafeBytes { bytes in _ = try state.file?.writeAll(bytes) }
        } catch {
            state.trouble = SpoolError("write", part, errno: error as? Errno)
        }
        state.buffer.removeAll(keepingCapacity: true)
    }
}

/// A comment as yt-dlp has it.
private struct SiteComment: Decodable {
    let comment: Comment

    private struct NoComment: Error {}

    init(from decoder: any Decoder) throws {
        let fields = try LenientFields(decoder)
        guard let id: String = fields["id"] ?? (fields["id"] as Int?).map(String.init), let text: String = fields["text"] else {
            throw NoComment()
        }
        var comment = Comment(commentID: id, text: text)
        let parent: String? = fields["parent"]
        comment.parentID = parent == "root" ? nil : parent
        comment.author = fields["author"]
        comment.authorID = fields["author_id"]
        // What is not so need not be said a hundred thousand times.
        comment.isUploader = (fields["author_is_uploader"] as Bool?) == true ? true : nil
        comment.isHearted = (fields["is_favorited"] as Bool?) == true ? true : nil
        comment.isPinned = (fields["is_pinned"] as Bool?) == true ? true : nil
        comment.likes = fields.count("like_count")
        comment.at = (fields["timestamp"] as Double?).flatMap(Timestamp.init(seconds:))
        self.comment = comment
    }
}
