import Crypto
import FoundationEssentials

/// An identifier that sorts by the time at which it was made and is safe in a file name:
/// `20261125-091455-7f3kq2mz`, the UTC second and 40 random bits in Crockford's base 32.
public enum SortableID {
    /// Makes a new identifier.
    public static func make(at time: Timestamp = .now()) -> String {
        var generator = SystemRandomNumberGenerator()
        return make(at: time, using: &generator)
    }

    static func make(at time: Timestamp, using generator: inout some RandomNumberGenerator) -> String {
        let digits = time.rfc3339.prefix(19).filter(\.isNumber)
        let random = (0..<8).map { _ in alphabet.randomElement(using: &generator)! }
        return "\(digits.prefix(8))-\(digits.dropFirst(8))-\(String(random))"
    }

    /// The identifier of the part `number` of something that has an identifier: always the same one.
    ///
    /// So work that is begun again after a crash finds what it had made.
    public static func derived(from identifier: String, number: Int) -> String {
        let digest = SHA256.hash(data: Data("\(identifier)/\(number)".utf8))
        return String(identifier.prefix(16)) + String(digest.prefix(8).map { alphabet[Int($0) % alphabet.count] })
    }

    /// The second at which an identifier was made.
    public static func time(of identifier: String) -> Timestamp? {
        guard isValid(identifier) else { return nil }
        let digits = identifier.filter(\.isNumber).prefix(14).map(String.init)
        func part(_ range: Range<Int>) -> String { digits[range].joined() }
        return Timestamp(
            rfc3339: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(8..<10)):\(part(10..<12)):\(part(12..<14)).000Z")
    }

    /// `true` if the text has the form of an identifier made here.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0].count == 8 && parts[1].count == 6 && parts[2].count == 8
            && parts[0].allSatisfy(\.isASCIIDigit) && parts[1].allSatisfy(\.isASCIIDigit)
            && parts[2].allSatisfy(alphabet.contains)
    }

    private static let alphabet: [Character] = Array("0123456789abcdefghjkmnpqrstvwxyz")
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
