#if canImport(Glibc)
    import Glibc
#endif

/// An IP address with how many of its leading bits count: `192.168.0.0/16`, `::1`.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    public let address: InternetAddress
    public let prefix: Int

    /// `nil` if the text is no address and no range in CIDR notation.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = InternetAddress(String(parts[0])) else { return nil }
        var prefix = address.bytes.count * 8
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...prefix).contains(number) else { return nil }
            prefix = number
        }
        self.address = address
        self.prefix = prefix
    }

    public func contains(_ other: InternetAddress) -> Bool {
        guard address.bytes.count == other.bytes.count else { return false }
        for (index, (mine, its)) in zip(address.bytes, other.bytes).enumerated() {
            let bits = min(max(prefix - index * 8, 0), 8)
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            if mine & mask != its & mask { return false }
        }
        return true
    }

    public var description: String { "\(address)/\(prefix)" }
}

/// An IPv4 (4 bytes) or IPv6 (16 bytes) address.
public struct InternetAddress: Sendable, Hashable, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        precondition(bytes.count == 4 || bytes.count == 16)
        self.bytes = bytes
    }

    public init?(_ text: String) {
        var buffer = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &buffer) == 1 {
            bytes = Array(buffer.prefix(4))
        } else if inet_pton(AF_INET6, text, &buffer) == 1 {
            bytes = buffer
        } else {
            return nil
        }
    }

    /// Reads a socket address; `nil` for other families than the two of the Internet.
    public init?(_ socketAddress: UnsafePointer<sockaddr>) {
        switch Int32(socketAddress.pointee.sa_family) {
        case AF_INET:
            let address = UnsafeRawPointer(socketAddress).loadUnaligned(as: sockaddr_in.self).sin_addr
            bytes = withUnsafeBytes(of: address, Array.init)
        case AF_INET6:
            let address = UnsafeRawPointer(socketAddress).loadUnaligned(as: sockaddr_in6.self).sin6_addr
            bytes = withUnsafeBytes(of: address, Array.init)
        default: return nil
        }
    }

    /// `true` if anybody on the Internet can be there: not private, not this machine, not for special uses.
    ///
    /// The ranges are those of the IANA special-purpose address registries (RFC 6890 and its updates).
    public var isGlobal: Bool {
        if bytes.count == 16 {
            // IPv4 inside IPv6 counts as what it carries: mapped, compatible, NAT64, 6to4.
            for (range, offset) in Self.embeddings where range.contains(self) {
                return InternetAddress(bytes: Array(bytes[offset..<offset + 4])).isGlobal
            }
            return Self.globalUnicast.contains(self) && !Self.special6.contains { $0.contains(self) }
        }
        return !Self.special4.contains { $0.contains(self) }
    }

    private static let special4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    ].map { AddressRange($0)! }

    private static let globalUnicast = AddressRange("2000::/3")!
    private static let special6 = ["2001::/23", "2001:db8::/32", "3fff::/20"].map { AddressRange($0)! }
    private static let embeddings: [(AddressRange, Int)] = [
        (AddressRange("::ffff:0:0/96")!, 12), (AddressRange("::/96")!, 12), (AddressRange("64:ff9b::/96")!, 12),
        (AddressRange("2002::/16")!, 2),
    ]

    public var description: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &buffer, socklen_t(buffer.count))
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
