/// Does the same with many things, several at a time.
struct SideBySide {
    /// How many at a time.
    let width: Int

    /// - Returns: what came of each, in no order; `nil`s are left out.
    func map<Input: Sendable, Output: Sendable>(
        _ inputs: [Input], _ work: @Sendable @escaping (Input) throws -> Output?
    ) async throws -> [Output] {
        let width = max(1, min(width, inputs.count))
        return try await withThrowingTaskGroup(of: [Output].self) { group in
            for first in 0..<width {
                group.addTask {
                    try stride(from: first, to: inputs.count, by: width).compactMap { place in
                        try Task.checkCancellation()
                        return try work(inputs[place])
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}
