/// That a term is said in a passage, and about how often.
struct SearchPosting: Comparable, Sendable {
    /// The passage's number, and below it the place of its weight.
    private let packed: UInt32

    /// How often a term is said at least, in the classes that are told apart.
    static let weights = [1, 2, 3, 5, 8]

    init(passage: Int, weight: Int) {
        let kind = Self.weights.lastIndex { $0 <= weight } ?? 0
        packed = UInt32(passage) << 3 | UInt32(kind)
    }

    init(passage: Int, kind: Int) { packed = UInt32(passage) << 3 | UInt32(kind) }

    var passage: Int { Int(packed >> 3) }
    /// The place of its weight among `weights`.
    var kind: Int { Int(packed & 7) }

    static func < (one: Self, other: Self) -> Bool { one.packed < other.packed }
}
