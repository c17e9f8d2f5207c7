import TestSupport
import Testing

/// The checker finds what it is there to find.
struct SubtitleRulesTests {
    private func violations(_ cues: (String, String, String)...) throws -> [String] {
        try SubtitleRules().violations(cues.enumerated().map { "\($0 + 1)\n\($1.0) --> \($1.1)\n\($1.2)\n" }.joined(separator: "\n"))
    }

    @Test func aGoodCueIsLeftAlone() throws {
        #expect(
            try violations(("00:00:01,000", "00:00:03,000", "Good morning,\neverybody."), ("00:00:03,080", "00:00:05,000", "Yes.")) == [])
    }

    @Test(arguments: [
        ("00:00:01,000", "00:00:01,700", "Too short", "stands"),
        ("00:00:01,000", "00:00:09,000", "Too long", "stands"),
        ("00:00:01,000", "00:00:06,000", "A line with more than forty-two characters in it", "a line of 48"),
        ("00:00:01,000", "00:00:06,000", "one\ntwo\nthree", "3 lines"),
        ("00:00:01,000", "00:00:02,000", "Twenty-one characters", "21"),
    ])
    func aBadCueIsNamed(start: String, end: String, text: String, what: String) throws {
        let found = try violations((start, end, text))
        #expect(found.count == 1 && found[0].contains(what), "\(found)")
    }

    @Test func neighboursAreCompared() throws {
        let first = ("00:00:01,000", "00:00:03,000", "One.")
        #expect(try violations(first, ("00:00:02,900", "00:00:05,000", "Two."))[0].contains("overlaps"))
        #expect(try violations(first, ("00:00:03,040", "00:00:05,000", "Two."))[0].contains("behind the one before"))
    }

    @Test func whatIsNoSubRipIsNotTakenForGood() {
        #expect(throws: SubtitleRules.Unreadable.self) { try SubtitleRules().violations("1\n00:00:01.000 --> 00:00:02.000\nA point.\n") }
        #expect(throws: SubtitleRules.Unreadable.self) {
            try SubtitleRules().violations("2\n00:00:01,000 --> 00:00:02,000\nWrong number.\n")
        }
    }
}
