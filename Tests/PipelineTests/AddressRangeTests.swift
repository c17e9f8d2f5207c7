import Testing

@testable import Pipeline

struct AddressRangeTests {
    @Test(arguments: [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "172.31.255.255", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1",
    ])
    func theseAreNotPublic(text: String) throws {
        #expect(try !#require(InternetAddress(text)).isGlobal)
    }

    @Test(arguments: [
        "8.8.8.8", "1.1.1.1", "172.32.0.1", "172.15.255.255", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808",
    ])
    func theseAre(text: String) throws {
        #expect(try #require(InternetAddress(text)).isGlobal)
    }

    @Test func rangesHoldWhatTheirPrefixSays() throws {
        let range = try #require(AddressRange("192.168.4.0/22"))
        #expect(range.contains(try #require(InternetAddress("192.168.7.255"))))
        #expect(!range.contains(try #require(InternetAddress("192.168.8.0"))))
        #expect(!range.contains(try #require(InternetAddress("::ffff:192.168.4.1"))))
        #expect(try #require(AddressRange("0.0.0.0/0")).contains(try #require(InternetAddress("8.8.8.8"))))
    }

    @Test(arguments: ["", "localhost", "1.2.3", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/x", "::1/129"])
    func otherTextIsNoRange(text: String) {
        #expect(AddressRange(text) == nil)
    }
}
