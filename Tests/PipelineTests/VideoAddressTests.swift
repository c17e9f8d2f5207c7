import Testing

@testable import Pipeline

struct VideoAddressTests {
    @Test(arguments: [
        ("HTTPS://Example.ORG", "https://example.org/"), ("http://example.org:80/a", "http://example.org/a"),
        ("https://example.org:443/a#part", "https://example.org/a"), ("  https://example.org/a?b=1 ", "https://example.org/a?b=1"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
    ])
    func hasOneCanonicalForm(text: String, canonical: String) throws {
        #expect(try VideoAddress(text).url == canonical)
    }

    @Test(arguments: [
        "ftp://example.org/a", "file:///etc/passwd", "javascript://x", "just words", "example.org/a", "", "https://", "https://a b/c",
        "https://user:secret@example.org/", "-o/tmp/x",
    ])
    func otherTextIsRefusedWithAReason(text: String) {
        let refusal = #expect(throws: VideoAddress.Refused.self) { try VideoAddress(text) }
        #expect(refusal?.reason.isEmpty == false)
        #expect(refusal?.hint.isEmpty == false)
        #expect(refusal?.reason.contains("secret") == false)
    }

    @Test func theSameFileHasTheSameVideoID() throws {
        #expect(try VideoAddress("https://EXAMPLE.org/a.mp4#x").videoID == VideoAddress("https://example.org/a.mp4").videoID)
        #expect(try VideoAddress("https://example.org/a.mp4").videoID.hasPrefix("web-"))
        #expect(try VideoAddress("https://example.org/a.mp4").videoID.count == 16)
    }

    @Test func idsOfSitesNeverBecomePaths() {
        #expect(VideoAddress.videoID(site: "youtube", id: "dQw4w9WgXcQ") == "youtube-dQw4w9WgXcQ")
        #expect(!VideoAddress.videoID(site: "x", id: "../../etc/passwd").contains("/"))
        #expect(VideoAddress.videoID(site: "x", id: String(repeating: "a", count: 400)).utf8.count <= 255)
    }

    @Test(arguments: [
        ("https://www.youtube.com/watch?v=x", "youtube"), ("https://youtu.be/x", "youtube"), ("https://m.vimeo.com/1", "vimeo.com"),
    ])
    func sitesAreNamed(text: String, site: String) throws {
        #expect(try VideoAddress(text).site == site)
    }

    @Test func mediaFilesAreToldByTheirName() throws {
        #expect(try VideoAddress("https://example.org/Board%20meeting.MP4?x=1").looksLikeMediaFile)
        #expect(try VideoAddress("https://example.org/Board%20meeting.MP4?x=1").fileTitle == "Board meeting")
        #expect(try !VideoAddress("https://example.org/watch?v=a.mp4").looksLikeMediaFile)
    }
}
