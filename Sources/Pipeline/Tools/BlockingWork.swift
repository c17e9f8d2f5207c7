import Dispatch

/// Threads for work that blocks: hashing, copying, syncing. The threads of Swift's own pool are few and must not.
struct BlockingWork: Sendable {
    private let queue: DispatchQueue

    /// Any number side by side.
    static let parallel = BlockingWork(queue: DispatchQueue(label: "files", attributes: .concurrent))
    /// One at a time, in order.
    static let publishing = BlockingWork(queue: DispatchQueue(label: "publishing"))

    func run<Value: Sendable, Reason: Error>(_ body: @escaping @Sendable () throws(Reason) -> Value) async throws(Reason) -> Value {
        let result: Result<Value, Reason> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(Reason) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
