import SpoolFiles

/// How fast a recording is heard, and how long the rest will take.
struct HearingMeter {
    private var start: (time: ContinuousClock.Instant, done: Double)?

    /// - Parameters: seconds of sound.
    mutating func work(done: Double, total: Double) -> StatusSidecar.Work {
        // What an earlier run heard is not this run's speed.
        let begin = start ?? (.now, done)
        start = begin
        let seconds = (ContinuousClock.now - begin.time) / .seconds(1)
        let speed = seconds > 0.5 && done > begin.done ? (done - begin.done) / seconds : nil
        return .init(unit: "seconds", done: done, total: total, speed: speed, eta: speed.map { (total - done) / $0 })
    }
}
