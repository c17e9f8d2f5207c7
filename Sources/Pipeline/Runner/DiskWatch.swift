/// Decides what the free space means. Pure.
struct DiskWatch: Sendable {
    enum Finding: Sendable, Equatable {
        /// Stages must rest; said again from time to time while it lasts.
        case short(reason: String, isNew: Bool)
        case recovered
        case unchanged
    }

    /// Bytes.
    let floor: Int64
    /// How long what was said holds; it is said again before that is over.
    let pause: Duration
    private var saidAt: ContinuousClock.Instant?

    /// The last look found too little.
    var isShort: Bool { saidAt != nil }

    /// - Parameters:
    ///   - floor: bytes.
    ///   - pause: for how long stages rest when they are told to.
    init(floor: Int64, pause: Duration) {
        self.floor = floor
        self.pause = pause
    }

    /// - Parameter free: bytes.
    mutating func look(free: Int64, at now: ContinuousClock.Instant) -> Finding {
        guard free < floor else {
            defer { saidAt = nil }
            return saidAt == nil ? .unchanged : .recovered
        }
        if let saidAt, now - saidAt < pause / 3 { return .unchanged }
        defer { saidAt = now }
        return .short(
            reason:
                "only \(free / 1_000_000) MB are free on the disk, less than the floor of \(floor / 1_000_000) MB. Free some space; work goes on by itself",
            isNew: saidAt == nil)
    }
}
