/// Cuts a list that grows into pages so that a change touches one page, wherever in the list it happens.
///
/// Lists cut by counting from the newest would move every entry of every page with each new one. Here the range of all numbers
/// is halved, and each half again, until no part holds more than fits on a page; each part that is not empty is a page. Which
/// pages there are follows from the numbers alone, so that it is the same after a restart.
struct PageRanges {
    struct Page: Hashable {
        /// The least number that the page could hold; no other page has it, and it stays the same while the page is halved.
        let first: Int64
        /// Places in the list of numbers.
        let entries: Range<Int>
    }

    /// - Parameters:
    ///   - numbers: rising, not negative, below 2⁴⁸.
    ///   - limit: entries of a page at most, as long as not more have the same number.
    /// - Returns: in the order of the numbers.
    static func pages(of numbers: [Int64], limit: Int) -> [Page] {
        var pages: [Page] = []
        add(0..<(1 << 48), numbers.indices, numbers, limit, &pages)
        return pages
    }

    private static func add(_ range: Range<Int64>, _ entries: Range<Int>, _ numbers: [Int64], _ limit: Int, _ pages: inout [Page]) {
        if entries.isEmpty { return }
        // Entries of the same number cannot be parted.
        guard entries.count > limit, range.count > 1 else {
            pages.append(Page(first: range.lowerBound, entries: entries))
            return
        }
        let middle = range.lowerBound + (range.upperBound - range.lowerBound) / 2
        var (low, high) = (entries.lowerBound, entries.upperBound)
        while low < high {
            let place = low + (high - low) / 2
            if numbers[place] < middle { low = place + 1 } else { high = place }
        }
        add(range.lowerBound..<middle, entries.lowerBound..<low, numbers, limit, &pages)
        add(middle..<range.upperBound, low..<entries.upperBound, numbers, limit, &pages)
    }
}
