import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

struct YtDlpTests {
    @Test func progressLinesAreRead() throws {
        let progress = try #require(YtDlp.progress(from: "SPOOL 1024 NA 4096.0 512.5 6"))
        #expect(progress.done == 1024)
        #expect(progress.total == 4096)
        #expect(progress.speed == 512.5)
        #expect(progress.eta == 6)
        #expect(YtDlp.progress(from: "[download] 5 %") == nil)
    }

    @Test(arguments: [
        ("ERROR: [youtube] x: Sign in to confirm you’re not a bot. Use --cookies", FailureClass.blocked, "bot_check"),
        ("ERROR: [youtube] x: Video unavailable. The current session has been rate-limited by YouTube", .blocked, "rate_limited"),
        ("ERROR: [youtube] x: Private video. Sign in if you've been granted access", .permanent, "private"),
        ("ERROR: [generic] Unable to download webpage: HTTP Error 404: Not Found", .permanent, "not_found"),
        ("ERROR: [youtube] x: Premieres in 3 hours", .notYet, "premiere"),
        ("ERROR: Unsupported URL: https://example.org/", .permanent, "unsupported"),
        ("ERROR: unable to write data: [Errno 28] No space left on device", .local, "disk_full"),
        ("ERROR: something that nobody has seen before", .transient, "yt_dlp_failed"),
    ])
    func messagesHaveTheirClass(message: String, failureClass: FailureClass, code: String) {
        let failure = YtDlpErrors.failure(from: ["WARNING: x", message], url: "https://example.org/")
        #expect(failure.class == failureClass)
        #expect(failure.code == code)
        #expect(failure.message.contains("https://example.org/"))
    }
}
