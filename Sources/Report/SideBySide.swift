import Synchronization

/// Does the same with many things, several at a time.
struct SideBySide {
    /// How many at a time.
    let width: Int

    /// - Returns: what came of each, in no order; `nil`s are left out.
    func map<Input: Sendable, Output: Sendable>(
        _ inputs: [Input], _ work: @Sendable @escaping (Input) async throws -> Output?
    ) async throws -> [Output] {
        let next = Counter()
        return try await withThrowingTaskGroup(of: [Output].self) { group in
            for _ in 0..<max(1, min(width, inputs.count)) {
                group.addTask {
                    var outputs: [Output] = []
                    while true {
                        let place = next.take()
                        guard place < inputs.count else { return outputs }
                        try Task.checkCancellation()
                        if let output = try await work(inputs[place]) { outputs.append(output) }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private final class Counter: Sendable {
        private let next = Atomic(0)
        func take() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }
    }
}
