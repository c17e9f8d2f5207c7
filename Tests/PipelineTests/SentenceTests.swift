import SpoolFiles
import Testing

@testable import Pipeline

/// Where sentences and paragraphs end, and text that looks like markup.
struct SentenceTests {
    @Test(arguments: [
        ("I met Dr.", false), ("It was written by J.", false), ("It is late.", true), ("Is it?”", true), ("今日は晴れです。", true),
        ("and then", false), ("", false),
    ])
    func aTitleEndsNoSentence(text: String, ends: Bool) {
        #expect(LineBreaks.endsSentence(text) == ends)
    }

    @Test func aTextWithoutFullStopsHasParagraphsAllTheSame() {
        let paragraphs = Paragraph.all(of: spoken((0..<300).map { "line \($0) of captions without a stop" }, pause: 0), names: [:])
        #expect(paragraphs.count > 3 && paragraphs.allSatisfy { $0.text.count < 2000 })
    }

    @Test(arguments: [("1. FC Köln", "1\\. FC Köln"), ("- a dash", "\\- a dash"), ("+ plus", "\\+ plus"), ("2026 is near", "2026 is near")])
    func aTitleIsNoList(title: String, written: String) throws {
        let metadata = VideoMetadata(
            videoID: "v", title: title, site: "s", media: .init(container: "wav", duration: 1), tags: [],
            addedAt: Timestamp(milliseconds: 0),
            userID: "ann")
        let text = MarkdownText(metadata: metadata, transcript: spoken(["x"]), chapters: nil, media: nil).text
        #expect(text.hasPrefix("# \(written)\n"))
    }
}
