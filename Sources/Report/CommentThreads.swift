import SpoolFiles

/// Comments as threads on a video's page.
struct CommentThreads {
    /// Comments on a page: behind them stands where the others are.
    static let limit = 300

    private let comments: [Comment]
    private let count: Int
    private let byID: [String: Comment]

    /// - Parameter count: how many there are in all.
    init(_ comments: [Comment], of count: Int) {
        self.comments = comments
        self.count = count
        byID = Dictionary(comments.map { ($0.commentID, $0) }) { first, _ in first }
    }

    var context: PageContext {
        let answers = Dictionary(grouping: comments.filter { parent(of: $0) != nil }, by: root)
        var context: PageContext = [
            "count": "\(PeopleFormat.count(count)) comment\(count == 1 ? "" : "s")",
            "threads": comments.filter { parent(of: $0) == nil }.map { comment in
                // Each under a name of its own: what an answer has not, the template would look for in what is around it.
                var entry: PageContext = ["comment": Self.entry(comment)]
                entry["answers"] = (answers[comment.commentID] ?? []).map { ["answer": Self.entry($0)] as PageContext }
                return entry
            },
        ]
        if count > comments.count { context["rest"] = PeopleFormat.count(count - comments.count) }
        return context
    }

    /// What a comment answers; an answer to what is not here begins a thread.
    private func parent(of comment: Comment) -> Comment? {
        comment.parentID == comment.commentID ? nil : comment.parentID.flatMap { byID[$0] }
    }

    /// All answers of a thread stand on one level, as sites show them.
    private func root(of comment: Comment) -> String {
        var current = comment
        // As many steps as there are comments: what answers itself in a ring has an end here.
        for _ in comments.indices {
            guard let above = parent(of: current) else { break }
            current = above
        }
        return current.commentID
    }

    private static func entry(_ comment: Comment) -> PageContext {
        var entry: PageContext = ["author": comment.author ?? "somebody", "text": comment.text]
        var marks: [String] = []
        if comment.isUploader == true { marks.append("uploader") }
        if comment.isPinned == true { marks.append("pinned") }
        if comment.isHearted == true { marks.append("liked by the uploader") }
        if let likes = comment.likes, likes > 0 { marks.append("\(PeopleFormat.count(likes)) like\(likes == 1 ? "" : "s")") }
        if !marks.isEmpty { entry["marks"] = marks.joined(separator: ", ") }
        if let at = comment.at { entry["date"] = PeopleFormat.date(at.day) }
        return entry
    }
}
