/// How often a playlist or channel is looked at again: "30m", "6h", "1d", "2w".
public struct FollowInterval: Codable, Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    public var seconds: Double { Self.seconds(in: description) ?? 0 }

    private static let units: [Character: Double] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    /// More often would be a burden on the site; seldom is no following.
    private static let allowed = 900.0...(52 * 604_800)

    /// - Returns: `nil` unless it is a whole number with m, h, d or w, from 15 minutes to a year.
    public init?(_ text: String) {
        guard Self.seconds(in: text).map(Self.allowed.contains) == true else { return nil }
        description = text
    }

    private static func seconds(in text: String) -> Double? {
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()), count > 0 else { return nil }
        return Double(count) * unit
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let interval = Self(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no interval such as 6h")
        }
        self = interval
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
