extension RandomAccessCollection where Index == Int {
    /// The first place from which the condition holds for all that follow; the condition must not hold before places where it does not.
    func partition(_ holds: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
