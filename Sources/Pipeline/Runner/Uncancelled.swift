/// Work that is too short and too important to be cut off by the cancellation of the task around it.
enum Uncancelled {
    /// Runs it to its end in a task of its own, and waits for it.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await Task { try await body() }.value
    }
}
