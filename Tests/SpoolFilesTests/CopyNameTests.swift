import SpoolFiles
import Testing

struct CopyNameTests {
    @Test(arguments: [
        ("talk (1)", "talk"), ("talk(12)", "talk"), ("talk (1) (2)", "talk (1)"), ("talk (2026)", nil), ("(1)", nil), ("talk (1) b", nil),
        ("talk", nil), ("talk ()", nil), ("talk.en (1)", "talk.en"),
    ])
    func theNumberOfACopyIsLeftOut(_ name: String, _ original: String?) { #expect(DropName.original(name) == original) }

    @Test(arguments: [
        (" a b ", "a b"), ("\t a\u{A0}", "a"), ("   ", ""), ("", ""), ("a", "a"), (" é ", "é"), ("a é ", "a é"),
        (" \u{301}a", "a"),
        ("a\n", "a"), ("  a\u{301} ", "a\u{301}"),
    ])
    func whiteSpaceAtBothEndsIsLeftOut(_ text: String, _ trimmed: String) { #expect(text.trimmed == trimmed) }
}
