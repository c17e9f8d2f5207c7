/// The fair order of a drop's jobs among others of their priority: start-time fair queueing (Goyal, Vin and Cheng, 1996).
///
/// A turn is a point on the priority's virtual clock, which stands at the turn of the job that started last. A drop begins one
/// turn behind the user's drop before it, and its jobs follow one another by as many turns as the user has long drops in line.
/// So users take turns, a user's drops take turns, and a list of 10,000 links holds up neither.
/// Decided once, when a drop is taken: picking the next job stays one step in an index.
struct FairTurns: Sendable, Hashable {
    /// Where the user's next drop begins.
    let nextDrop: Int64
    /// Where the next job of this drop goes.
    private(set) var nextJob: Int64
    private let step: Int64

    /// - Parameters:
    ///   - clock: the turn that is served now.
    ///   - earlier: where the user's drop before this one left off; `nil` if there was none.
    ///   - longDrops: how many of the user's drops still have jobs ahead of the clock.
    init(clock: Int64, after earlier: Int64?, longDrops: Int) {
        nextJob = max(clock, earlier ?? clock)
        nextDrop = nextJob + 1
        step = Int64(longDrops) + 1
    }

    /// The turn of the drop's next job.
    mutating func take() -> Int64 {
        defer { nextJob += step }
        return nextJob
    }
}
