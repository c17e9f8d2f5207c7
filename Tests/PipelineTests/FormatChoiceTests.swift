import Testing

@testable import Pipeline

struct FormatChoiceTests {
    @Test func namesStandForYtDlpsWords() {
        #expect(FormatChoice("best") == .best)
        #expect(FormatChoice("audio") == .audio)
        #expect(FormatChoice("height<=480").selection.hasPrefix("bestvideo*[height<=?480]+bestaudio/"))
        #expect(FormatChoice("bv[ext=mp4]+ba").selection == "bv[ext=mp4]+ba")
        #expect(FormatChoice("height<=tall").selection == "height<=tall")
    }
}
