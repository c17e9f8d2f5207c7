/// The passages that have a term, in as few letters as will do: a frequent term is in ten thousands of them.
///
/// A text of digits, 64 to the place. For each class of weight, the least first: how many passages, as Elias wrote numbers ("Universal
/// codeword sets and representations of the integers", 1975, gamma), one more so that there is none of 0; if there are any, five bits
/// for Rice's parameter; and the steps from one passage to the next ("Some practical universal noiseless coding techniques", 1979).
/// `search.js` reads it.
enum SearchPostingCode {
    /// The digits; none has to be written otherwise in a script.
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// - Parameters:
    ///   - postings: in their order, a passage at most once.
    ///   - first: not behind any passage.
    static func encode(_ postings: [SearchPosting], first: Int) -> [UInt8] {
        var writer = Writer()
        for kind in SearchPosting.weights.indices {
            let passages = postings.lazy.filter { $0.kind == kind }.map(\.passage)
            let count = passages.count
            writer.writeGamma(count + 1)
            guard let last = passages.last else { continue }
            // The mean step times ln 2 is about the best divisor (Golomb, "Run-length encodings", 1966).
            let divisor = (last - first + 1) * 69 / (count * 100)
            let parameter = divisor > 1 ? Int.bitWidth - 1 - divisor.leadingZeroBitCount : 0
            writer.write(parameter, bits: 5)
            var next = first
            for passage in passages {
                writer.writeRice(passage - next, parameter)
                next = passage + 1
            }
        }
        return writer.finish()
    }

    /// - Returns: `nil` if it is not one of these texts.
    static func decode(_ text: some Collection<UInt8>, first: Int) -> [SearchPosting]? {
        var reader = Reader(digits: text.map { values[Int($0)] })
        var postings: [SearchPosting] = []
        for kind in SearchPosting.weights.indices {
            let count = reader.readGamma() - 1
            // Each takes a bit at least.
            guard count >= 0, count <= reader.left else { return nil }
            if count == 0 { continue }
            let parameter = reader.read(bits: 5)
            var next = first
            for _ in 0..<count {
                let passage = next + reader.readRice(parameter)
                guard passage <= Int(UInt32.max >> 3) else { return nil }
                postings.append(SearchPosting(passage: passage, kind: kind))
                next = passage + 1
            }
        }
        return reader.isSpent ? nil : postings.sorted()
    }

    private struct Writer {
        private var text: [UInt8] = []
        private var waiting: UInt64 = 0
        private var count = 0

        mutating func write(_ value: Int, bits: Int) {
            waiting = waiting << UInt64(bits) | UInt64(value)
            count += bits
            while count >= 6 {
                count -= 6
                text.append(digits[Int(waiting >> UInt64(count) & 63)])
            }
            waiting &= 1 << UInt64(count) - 1
        }

        private mutating func writeZeros(_ number: Int) {
            for _ in 0..<number / 32 { write(0, bits: 32) }
            write(0, bits: number % 32)
        }

        /// - Parameter value: 1 or more.
        mutating func writeGamma(_ value: Int) {
            let bits = Int.bitWidth - value.leadingZeroBitCount
            writeZeros(bits - 1)
            write(value, bits: bits)
        }

        mutating func writeRice(_ value: Int, _ parameter: Int) {
            writeZeros(value >> parameter)
            write(1, bits: 1)
            write(value & (1 << parameter - 1), bits: parameter)
        }

        mutating func finish() -> [UInt8] {
            if count > 0 { write(0, bits: 6 - count) }
            return text
        }
    }

    /// Reads zeros behind the end.
    private struct Reader {
        private let digits: [UInt8]
        private var next = 0
        /// What was taken of the digits and not been read, the first bit highest.
        private var window: UInt64 = 0
        private var count = 0

        init(digits: [UInt8]) { self.digits = digits }

        var left: Int { (digits.count - next) * 6 + count }
        /// More was read than there was.
        var isSpent: Bool { left < 0 }

        private mutating func fill() {
            while count <= 58 {
                let digit = next < digits.count ? UInt64(digits[next]) : 0
                window |= digit << UInt64(58 - count)
                count += 6
                next += 1
            }
        }

        /// - Parameter bits: at most 40.
        mutating func read(bits: Int) -> Int {
            fill()
            let value = Int(window >> UInt64(64 - bits))
            window <<= UInt64(bits)
            count -= bits
            return value
        }

        /// Reads the one behind the zeros too.
        private mutating func readZeros() -> Int {
            var zeros = 0
            repeat {
                fill()
                let some = min(window.leadingZeroBitCount, count)
                window <<= UInt64(some)
                count -= some
                zeros += some
            } while count == 0 && left > 0
            _ = read(bits: 1)
            return zeros
        }

        mutating func readGamma() -> Int {
            let bits = min(readZeros(), 40)
            return 1 << bits | read(bits: bits)
        }

        mutating func readRice(_ parameter: Int) -> Int { readZeros() << parameter | read(bits: parameter) }
    }
}
