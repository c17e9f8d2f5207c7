import Foundation
import SpoolFiles
import Testing

struct TimestampTests {
    @Test(arguments: [0, 1, 999, 1_764_062_095_123, 253_402_300_799_999] as [Int64])
    func writesAndReadsTheSame(milliseconds: Int64) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(Timestamp(rfc3339: time.rfc3339) == time)
    }

    @Test func writesMillisecondsInUTC() {
        #expect(Timestamp(milliseconds: 1_764_062_095_007).rfc3339 == "2025-11-25T09:14:55.007Z")
        #expect(Timestamp(milliseconds: 1_764_062_095_007).day == "2025-11-25")
    }

    @Test func writesWhatFoundationWrites() {
        var random = SystemRandomNumberGenerator()
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        // The years 1601 to 9999.
        for _ in 0..<1000 {
            let time = Timestamp(milliseconds: .random(in: -11_644_473_600_000...253_402_300_799_999, using: &random))
            // Half a millisecond guards against a binary fraction just below the wanted decimal one.
            #expect(time.rfc3339 == Date(timeIntervalSince1970: (Double(time.milliseconds) + 0.5) / 1000).formatted(style))
        }
    }

    @Test func whatCannotBeWrittenBecomesTheNearestThatCan() {
        #expect(Timestamp(milliseconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .min).rfc3339 == "0001-01-01T00:00:00.000Z")
    }

    @Test func readsOtherFormsOfRFC3339() {
        #expect(Timestamp(rfc3339: "2025-11-25T09:14:55Z")?.milliseconds == 1_764_062_095_000)
        #expect(Timestamp(rfc3339: "yesterday") == nil)
    }
}
