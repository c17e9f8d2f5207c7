import Jobs
import SpoolFiles

/// What ended in the last hours or days, as bars: completed jobs, with those that failed hatched on top.
struct ActivityChart {
    enum Span {
        case day, month

        /// Seconds.
        var step: Int { self == .day ? 3600 : 86_400 }
        var count: Int { self == .day ? 24 : 30 }
    }

    let span: Span
    /// One for each step, oldest first.
    let steps: [Activity]

    private static let width = 330.0
    private static let height = 96.0
    /// From one bar to the next; the bar takes most of it.
    private var barStep: Double { Self.width / Double(span.count) }

    /// The beginning of the first step; steps begin at full hours, or days in UTC.
    static func start(_ span: Span, at now: Timestamp) -> Timestamp {
        let step = Int64(span.step * 1000)
        return Timestamp(milliseconds: (now.milliseconds / step - Int64(span.count) + 1) * step)
    }

    /// - Parameter found: as the store tells of it; spans in which nothing ended are not in it.
    init(_ span: Span, _ found: [Activity], at now: Timestamp) {
        self.span = span
        let start = Self.start(span, at: now)
        let byStart = Dictionary(found.map { ($0.start, $0) }) { first, _ in first }
        steps = (0..<span.count).map { number in
            let time = start.adding(seconds: Double(number * span.step))
            return byStart[time] ?? Activity(start: time)
        }
    }

    private var completed: Int { steps.reduce(0) { $0 + $1.completed } }
    private var failed: Int { steps.reduce(0) { $0 + $1.failed } }

    private func label(_ step: Activity) -> String {
        span == .day ? "\(step.start.rfc3339.dropFirst(11).prefix(5))" : PeopleFormat.date(step.start.day)
    }

    /// At an end of the axis.
    private func edge(_ step: Activity) -> String { span == .day ? PeopleFormat.moment(step.start) : label(step) }

    /// The mean over all jobs that worked.
    private func mean(_ value: KeyPath<Activity, Double?>) -> Double? {
        let known = steps.filter { $0[keyPath: value] != nil }
        let count = known.reduce(0) { $0 + $1.worked }
        return count == 0 ? nil : known.reduce(0) { $0 + $1[keyPath: value]! * Double($1.worked) } / Double(count)
    }

    /// For the template; `nil` if nothing ended.
    var context: PageContext? {
        guard completed + failed > 0 else { return nil }
        let highest = Double(max(1, steps.map { $0.completed + $0.failed }.max() ?? 1))
        func bar(_ number: Int, _ count: Int, above: Int) -> PageContext {
            let tall = Double(count) / highest * Self.height
            let top = Self.height - tall - Double(above) / highest * Self.height
            return [
                "x": PeopleFormat.seconds(Double(number) * barStep), "y": PeopleFormat.seconds(top + 4),
                "height": PeopleFormat.seconds(tall),
            ]
        }
        var done: [PageContext] = []
        var bad: [PageContext] = []
        for (number, step) in steps.enumerated() {
            if step.completed > 0 { done.append(bar(number, step.completed, above: 0)) }
            if step.failed > 0 { bad.append(bar(number, step.failed, above: step.completed)) }
        }
        let name = span == .day ? "the last 24 hours" : "the last 30 days"
        var context: PageContext = [
            "id": span == .day ? "hours" : "days", "name": name, "width": PeopleFormat.seconds(Self.width),
            "completed": PeopleFormat.count(completed), "failed": PeopleFormat.count(failed), "highest": PeopleFormat.count(Int(highest)),
            "bar_width": PeopleFormat.seconds((barStep * 0.7).rounded()), "done": done, "bad": bad,
            "first": steps.first.map(edge) ?? "", "last": steps.last.map(edge) ?? "", "step": span == .day ? "Hour (UTC)" : "Day",
            "rows": steps.filter { $0.completed + $0.failed > 0 }.reversed().map { step -> PageContext in
                var row: PageContext = [
                    "label": label(step), "completed": PeopleFormat.count(step.completed), "failed": PeopleFormat.count(step.failed),
                ]
                row["waited"] = step.waiting.map(PeopleFormat.span)
                row["worked"] = step.processing.map(PeopleFormat.span)
                return row
            },
        ]
        context["mean_waiting"] = mean(\.waiting).map(PeopleFormat.span)
        context["mean_processing"] = mean(\.processing).map(PeopleFormat.span)
        return context
    }
}
