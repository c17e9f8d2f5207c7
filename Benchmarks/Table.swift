/// One figure beside what it is compared with, and whether it keeps its budget.
struct Figure {
    let what: String
    let ours: String
    let comparison: String
    let ratio: String
    let budget: String
    let isKept: Bool?
}

/// Prints figures as they come, in columns.
enum Table {
    private static let widths = [44, 18, 46, 8, 16]

    static func head() {
        print(line(["what", "measured", "beside it, in the same run", "ratio", "budget"]))
        print(String(repeating: "-", count: widths.reduce(0, +) + 12))
    }

    static func add(_ figure: Figure) {
        let verdict = figure.isKept.map { $0 ? "kept" : "MISSED" } ?? ""
        print(line([figure.what, figure.ours, figure.comparison, figure.ratio, figure.budget]) + verdict)
    }

    static func column(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }

    private static func line(_ cells: [String]) -> String {
        zip(cells, widths).map(column).joined()
    }
}

/// A number with a digit or two behind the point, or with none where it is large.
func rounded(_ value: Double) -> String {
    if value >= 100 { return String(Int(value.rounded())) }
    return String((value * 100).rounded() / 100)
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
}

extension [Double] {
    /// The value below which the given part of all lies.
    func quantile(_ part: Double) -> Double {
        let sorted = sorted()
        return sorted.isEmpty ? 0 : sorted[Swift.min(sorted.count - 1, Int(Double(sorted.count) * part))]
    }
}
