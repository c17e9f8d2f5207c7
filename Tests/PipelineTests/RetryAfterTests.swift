import SpoolFiles
import Testing

@testable import Pipeline

struct RetryAfterTests {
    /// 25 November 2026, 09:14:55 UTC.
    private let now = Timestamp(milliseconds: 1_795_598_095_000)

    @Test(arguments: [
        ("7200", 7200.0), ("0", 0), ("1.5", 1.5), ("Wed, 25 Nov 2026 11:14:55 GMT", 7200), ("wed, 25 nov 2026 11:14:55 gmt", 7200),
        ("Wednesday, 25-Nov-26 11:14:55 GMT", 7200), ("Wed, 25 Nov 2026 08:00:00 GMT", 0),
    ])
    func secondsAndDatesAreRead(value: String, seconds: Double) {
        #expect(RetryAfter.seconds(value, at: now) == seconds)
    }

    @Test(arguments: ["", "soon", "-1", "nan", "inf", "1e999"])
    func whatIsNeitherTellsNothing(value: String) {
        #expect(RetryAfter.seconds(value, at: now) == nil)
    }
}
