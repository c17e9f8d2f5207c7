import Testing

@testable import Report

struct MarkTests {
    @Test(arguments: ["{", "{a{é\u{E000}", "a{{b", "{\u{E000}1\u{E000}{", "no mark", ""])
    func textIsCutAtItsMarks(_ pattern: String) {
        let mark = Mark()
        let pieces = mark.pieces(of: pattern.replacing("{", with: mark.text))
        #expect(pieces == pattern.split(separator: "{", omittingEmptySubsequences: false).map { String($0) })
    }
}
