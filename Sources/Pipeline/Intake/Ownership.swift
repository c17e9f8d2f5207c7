import SpoolFiles

/// Who may act on whose jobs and videos.
public struct Ownership: Sendable {
    /// Only the owner and administrators may act; without it everybody who can drop may.
    public var isEnforced = false
    /// Users who may act on everything.
    public var administrators: Set<String> = []

    public init() {}

    /// Why `user` may not do something to what belongs to `owner`; `nil` if it is allowed.
    func refusal(_ user: String, mayNot action: String, _ target: String, of owner: String) -> Receipt.Refusal? {
        guard isEnforced, user != owner, !administrators.contains(user) else { return nil }
        return Receipt.Refusal(
            text: target, reason: "it belongs to \(owner), and \(user) may not \(action) it",
            hint:
                "Ask \(owner)\(administrators.isEmpty ? "" : " or an administrator (\(administrators.sorted().joined(separator: ", ")))")",
            code: .forbidden)
    }

    /// Why a drop of one user may not make jobs for another; `nil` if it may.
    func refusal(of owner: String, askedBy user: String) -> Receipt.Refusal? {
        guard isEnforced, user != owner, !administrators.contains(user) else { return nil }
        return Receipt.Refusal(
            text: "user_id", reason: "field \"user_id\" is \(owner), and \(user) may only make jobs of their own",
            hint: "Leave user_id out", code: .forbidden)
    }
}
