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
        // The years 1583 to 9999.
        for _ in 0..<1000 {
            let time = Timestamp(milliseconds: .random(in: -12_212_553_600_000...253_402_300_799_999, using: &random))
            // Half a millisecond guards against a binary fraction just below the wanted decimal one.
            #expect(time.rfc3339 == Date(timeIntervalSince1970: (Double(time.milliseconds) + 0.5) / 1000).formatted(style))
        }
    }

    @Test func writesAndReadsTheSameInEveryYear() {
        for year in 1...9999 {
            let time = Timestamp(milliseconds: -62_135_596_800_000 + Int64(year - 1) * 31_556_952_000)
            #expect(Timestamp(rfc3339: time.rfc3339) == time, "\(year)")
        }
    }

    @Test func whatCannotBeWrittenBecomesTheNearestThatCan() {
        #expect(Timestamp(milliseconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .min).rfc3339 == Timestamp(seconds: -62_135_596_800)?.rfc3339)
    }

    @Test func readsOtherFormsOfRFC3339() {
        #expect(Timestamp(rfc3339: "2025-11-25T09:14:55Z")?.milliseconds == 1_764_062_095_000)
        #expect(Timestamp(rfc3339: "yesterday") == nil)
    }
}
