import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// An instant in UTC with millisecond precision, written as RFC 3339: `2026-11-25T09:14:55.123Z`.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// - Parameter seconds: since 1970-01-01T00:00:00Z.
    /// - Returns: `nil` outside the years 1 to 9999, which RFC 3339 can write: whoever told that time is wrong.
    public init?(seconds: Double) {
        guard (-62_135_596_800..<253_402_300_800).contains(seconds) else { return nil }
        milliseconds = Int64((seconds * 1000).rounded())
    }

    /// The present time of the system's clock.
    public static func now() -> Timestamp {
        Timestamp(Date())
    }

    public init(_ date: Date) {
        milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded(.down))
    }

    /// Reads RFC 3339, with or without a fraction of a second; `nil` for anything else.
    public init?(rfc3339 text: String) {
        if let date = try? Date(text, strategy: Self.style) {
            self.init(date.addingTimeInterval(0.0005))
        } else if let date = try? Date(text, strategy: .iso8601) {
            self.init(date)
        } else {
            return nil
        }
    }

    public var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// Of a time outside the years 1 to 9999, which RFC 3339 cannot write, the nearest that it can.
    public var rfc3339: String {
        let time = min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
        // Before 1583 by Foundation, which reads what it has written: it counts by the Julian calendar there.
        guard time >= -12_212_553_600_000 else {
            // Half a millisecond guards against a binary fraction just below the wanted decimal one.
            return Date(timeIntervalSince1970: (Double(time) + 0.5) / 1000).formatted(Self.style)
        }
        // Else by the C library, since it is done for very many times.
        let fraction = (time % 1000 + 1000) % 1000
        var seconds = time_t((time - fraction) / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text: [UInt8] = []
        func add(_ number: Int, _ digits: Int, _ end: Unicode.Scalar) {
            var scale = (1..<digits).reduce(1) { scale, _ in scale * 10 }
            while scale > 0 {
                text.append(UInt8(ascii: "0") + UInt8(number / scale % 10))
                scale /= 10
            }
            text.append(UInt8(ascii: end))
        }
        text.reserveCapacity(24)
        add(Int(parts.tm_year) + 1900, 4, "-")
        add(Int(parts.tm_mon) + 1, 2, "-")
        add(Int(parts.tm_mday), 2, "T")
        add(Int(parts.tm_hour), 2, ":")
        add(Int(parts.tm_min), 2, ":")
        add(Int(parts.tm_sec), 2, ".")
        add(Int(fraction), 3, "Z")
        return String(decoding: text, as: UTF8.self)
    }

    /// The day in UTC, `2026-11-25`: the name of dated folders.
    public var day: String { String(rfc3339.prefix(10)) }

    public func adding(seconds: Double) -> Timestamp {
        // Thirty thousand years are more than anybody waits, and less than overflows.
        let delta = min(max((seconds * 1000).rounded(), -1e15), 1e15)
        return Timestamp(milliseconds: milliseconds + (delta.isNaN ? 0 : Int64(delta)))
    }

    /// Seconds from `other` to this instant.
    public func seconds(since other: Timestamp) -> Double {
        Double(milliseconds - other.milliseconds) / 1000
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not an RFC 3339 time such as 2026-11-25T09:14:55.123Z")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}
