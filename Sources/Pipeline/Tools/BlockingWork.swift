import Dispatch

/// Threads for work that blocks: hashing, copying, syncing, any number side by side. The threads of Swift's own pool are few and must
/// not.
enum BlockingWork {
    private static let queue = DispatchQueue(label: "files", attributes: .concurrent)

    static func run<Value: Sendable, Reason: Error>(
        _ body: @escaping @Sendable () throws(Reason) -> Value
    ) async throws(Reason) -> Value {
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
