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

    @Test func readsOtherFormsOfRFC3339() {
        #expect(Timestamp(rfc3339: "2025-11-25T09:14:55Z")?.milliseconds == 1_764_062_095_000)
        #expect(Timestamp(rfc3339: "yesterday") == nil)
    }
}
