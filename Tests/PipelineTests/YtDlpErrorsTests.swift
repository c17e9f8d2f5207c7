import SpoolFiles
import Testing

@testable import Pipeline

/// A real message for each row of the table.
struct YtDlpErrorsTests {
    static let messages: [(message: String, failureClass: FailureClass, code: String)] = [
        ("ERROR: spoolscribe: address refused: 10.0.0.7 is not public", .permanent, "address_refused"),
        (
            "ERROR: [youtube] dQw4w9WgXcQ: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for the authentication",
            .blocked, "bot_check"
        ),
        (
            "ERROR: [youtube] dQw4w9WgXcQ: Video unavailable. This content isn't available, try again later. The current session has been rate-limited by YouTube for up to an hour.",
            .blocked, "rate_limited"
        ),
        (
            "ERROR: [youtube] dQw4w9WgXcQ: Please verify. YouTube is requiring a captcha challenge before playback", .blocked, "captcha"
        ),
        (
            "ERROR: [youtube] dQw4w9WgXcQ: Unable to download API page: HTTP Error 429: Too Many Requests (caused by <HTTPError 429: Too Many Requests>)",
            .blocked, "too_many_requests"
        ),
        (
            "ERROR: [generic] Got HTTP Error 403 caused by Cloudflare anti-bot challenge; try again with  --extractor-args \"generic:impersonate\"",
            .permanent, "anti_bot"
        ),
        ("ModuleNotFoundError: No module named 'yt_dlp'", .local, "yt_dlp_missing"),
        ("ERROR: unable to write data: [Errno 27] File too large", .permanent, "too_large"),
        ("ERROR: unable to write data: [Errno 28] No space left on device", .local, "disk_full"),
        ("ERROR: unable to open for writing: [Errno 13] Permission denied: 'source.mp4.part'", .local, "no_rights"),
        ("ERROR: [youtube] dQw4w9WgXcQ: Premieres in 3 hours", .notYet, "premiere"),
        ("ERROR: [youtube] dQw4w9WgXcQ: Premiere will begin shortly", .notYet, "premiere"),
        ("ERROR: [youtube] dQw4w9WgXcQ: This live event will begin in 2 days.", .notYet, "live_not_begun"),
        ("ERROR: [youtube] dQw4w9WgXcQ: This live stream recording is not available.", .notYet, "live_recording_pending"),
        ("ERROR: [twitch:stream] someone: The channel is not currently live", .permanent, "not_live"),
        (
            "ERROR: [youtube] dQw4w9WgXcQ: Sign in to confirm your age. This video may be inappropriate for some users.", .permanent,
            "age_gate"
        ),
        ("ERROR: [youtube] dQw4w9WgXcQ: This video is age-restricted and only available on YouTube", .permanent, "age_gate"),
        (
            "ERROR: [youtube] dQw4w9WgXcQ: Private video. Sign in if you've been granted access to this video", .permanent, "private"
        ),
        ("ERROR: [vimeo] 12345: This video is private", .permanent, "private"),
        (
            "ERROR: [youtube] dQw4w9WgXcQ: Join this channel to get access to members-only content like this video, and other exclusive perks.",
            .permanent, "members_only"
        ),
        (
            "ERROR: [youtube] dQw4w9WgXcQ: This video is available to this channel's members on level: Friends (or any higher level).",
            .permanent, "members_only"
        ),
        (
            "ERROR: [vimeo] 12345: This video is protected by a password, use the --video-password option", .permanent, "password"
        ),
        ("ERROR: [site] 1: This video is only available for registered users. Use --cookies", .permanent, "login_needed"),
        ("ERROR: [youtube:tab] x: Login details are needed to download this content. Use --cookies", .permanent, "login_needed"),
        ("ERROR: [site] 1: This video is DRM protected", .permanent, "drm"),
        (
            "ERROR: [youtube] dQw4w9WgXcQ: The uploader has not made this video available in your country", .permanent, "geo_blocked"
        ),
        (
            "ERROR: [site] 1: This video is not available from your location due to geo restriction", .permanent, "geo_blocked"
        ),
        ("ERROR: [youtube] dQw4w9WgXcQ: Video unavailable. This video has been removed by the uploader", .permanent, "removed"),
        (
            "ERROR: [youtube] dQw4w9WgXcQ: This video is unavailable because the YouTube account associated with this video has been terminated.",
            .permanent, "removed"
        ),
        ("ERROR: [youtube] dQw4w9WgXcQ: This video is no longer available due to a copyright claim", .permanent, "removed"),
        ("ERROR: [generic] Unable to download webpage: HTTP Error 404: Not Found", .permanent, "not_found"),
        ("ERROR: [generic] Unable to download webpage: HTTP Error 410: Gone", .permanent, "not_found"),
        ("ERROR: [generic] Unable to download webpage: HTTP Error 401: Unauthorized", .permanent, "login_needed"),
        ("ERROR: unable to download video data: HTTP Error 403: Forbidden", .permanent, "forbidden"),
        (
            "ERROR: [youtube] dQw4w9WgXcQ: Requested format is not available. Use --list-formats for a list of available formats",
            .permanent, "no_format"
        ),
        ("ERROR: [generic] talk: No video formats found!", .permanent, "no_video"),
        ("ERROR: Unsupported URL: https://example.org/", .permanent, "unsupported"),
        ("ERROR: [generic] '--version' is not a valid URL", .permanent, "bad_url"),
        (
            "ERROR: [youtube:truncated_id] dQw4w9: Incomplete YouTube ID dQw4w9. URL https://youtu.be/dQw4w9 looks truncated.", .permanent,
            "bad_url"
        ),
        ("ERROR: [youtube] dQw4w9WgXcQ: Video unavailable", .permanent, "unavailable"),
        (
            "ERROR: [generic] Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired",
            .permanent, "certificate"
        ),
        ("ERROR: [generic] Unable to download webpage: HTTP Error 503: Service Unavailable", .transient, "server_error"),
        ("ERROR: [generic] Unable to download webpage: The read operation timed out", .transient, "timeout"),
        (
            "ERROR: [generic] Unable to download webpage: Failed to resolve 'example.org' ([Errno -3] Temporary failure in name resolution)",
            .transient, "name_not_found"
        ),
        (
            "ERROR: [generic] Unable to download webpage: Failed to resolve 'example.org' ([Errno -2] Name or service not known)",
            .transient, "name_not_found"
        ),
        ("ERROR: [generic] Unable to download webpage: [Errno 111] Connection refused", .transient, "connection"),
        ("ERROR: [generic] Unable to download webpage: [Errno 104] Connection reset by peer", .transient, "connection"),
        ("ERROR: [generic] Unable to download webpage: [Errno 101] Network is unreachable", .transient, "connection"),
        ("ERROR: unable to download video data: IncompleteRead(5 bytes read, 10 more expected)", .transient, "connection"),
    ]
    private static let now = Timestamp(milliseconds: 1_764_062_000_000)

    private func failure(_ lines: String...) -> Failure {
        YtDlpErrors.failure(from: ["WARNING: [youtube] something else"] + lines, url: "https://example.org/", at: Self.now)
    }

    @Test(arguments: YtDlpErrorsTests.messages.indices) func messageHasItsClassAndHint(index: Int) {
        let (message, failureClass, code) = Self.messages[index]
        let failure = failure(message)
        #expect(failure.class == failureClass, "\(message)")
        #expect(failure.code == code, "\(message)")
        #expect(failure.hint?.isEmpty == false)
        #expect(failure.message.hasPrefix("https://example.org/: "))
    }

    @Test func everyWordingHasItsMessage() {
        let codes = Set(Self.messages.map(\.code)).union(["js_runtime_missing"])
        #expect(codes == Set(YtDlpErrors.rows.map(\.code)))
        #expect(codes.count == YtDlpErrors.rows.count)
        // Each wording stands in a message of its own, but for that of the runtime, which is a warning.
        for row in YtDlpErrors.rows where row.code != "js_runtime_missing" {
            #expect(Self.messages.count { $0.code == row.code } == row.words.count, "\(row.code)")
        }
    }

    @Test func aLackOfFormatsWithoutARuntimeIsThisMachinesLack() {
        let failure = failure(
            "WARNING: [youtube] No supported JavaScript runtime could be found. Only deno is enabled by default",
            "ERROR: [youtube] dQw4w9WgXcQ: Requested format is not available. Use --list-formats for a list of available formats")
        #expect(failure.class == .local)
        #expect(failure.code == "js_runtime_missing")
        // Where it did not matter it is not spoken of.
        let other = self.failure(
            "WARNING: [youtube] No supported JavaScript runtime could be found.", "ERROR: [youtube] dQw4w9WgXcQ: Private video. Sign in")
        #expect(other.code == "private")
    }

    @Test func anUnknownMessageMayPassByItselfAndIsKept() {
        let failure = failure("ERROR: something that nobody has seen before")
        #expect(failure.class == .transient)
        #expect(failure.code == "yt_dlp_failed")
        #expect(failure.message.hasSuffix("something that nobody has seen before"))
    }

    @Test(arguments: [
        ("Premieres in 3 hours", 10_800.0), ("This live event will begin in 2 days.", 172_800), ("Premieres in 1 minute", 60),
    ])
    func announcedTimesAreKept(message: String, seconds: Double) {
        #expect(failure("ERROR: [youtube] x: \(message)").notBefore == Self.now.adding(seconds: seconds))
    }

    @Test func withoutATimeItIsLookedAtNowAndThen() {
        #expect(failure("ERROR: [youtube] x: Premiere will begin shortly").notBefore == nil)
    }

    /// The names of pages are strangers' words, and stand in yt-dlp's messages.
    @Test(arguments: [
        ("https://h.example/captcha404", "ERROR: [generic] captcha404: Unable to download webpage: HTTP Error 404: Not Found", "not_found"),
        ("https://h.example/what-is-a-captcha.html", "ERROR: Unsupported URL: https://h.example/what-is-a-captcha.html", "unsupported"),
        (
            "https://h.example/Premieres%20in%201e300%20days",
            "ERROR: [generic] Premieres in 1e300 days: Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404>)",
            "not_found"
        ),
        ("https://h.example/rate-limited", "ERROR: [generic] rate-limited: Unable to download webpage: HTTP Error 500: x", "server_error"),
    ])
    func aPagesNameSaysNothing(url: String, message: String, code: String) {
        let failure = YtDlpErrors.failure(from: [message], url: url, at: .now())
        #expect(failure.code == code, "\(failure)")
        #expect(failure.class != .blocked)
    }

    @Test(arguments: ["Premieres in 99999 days", "Premieres in 99999999999999999999 days", "Premieres in 1e300 days"])
    func anAnnouncedTimeIsNoneThatNobodyLivesToSee(words: String) {
        let now = Timestamp.now()
        let failure = YtDlpErrors.failure(from: ["ERROR: [youtube] dQw4w9WgXcQ: \(words)"], url: "https://youtu.be/dQw4w9WgXcQ", at: now)
        #expect(failure.code == "premiere")
        #expect((failure.notBefore?.seconds(since: now) ?? 0) <= 366 * 86_400)
    }

    @Test func whatIsSaidIsSaidWithoutAdviceToOthers() {
        let failure = YtDlpErrors.failure(
            from: [
                "ERROR: [youtube] dQw4w9WgXcQ: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for the authentication"
            ],
            url: "https://youtu.be/dQw4w9WgXcQ", at: .now())
        #expect(failure.message == "https://youtu.be/dQw4w9WgXcQ: Sign in to confirm you’re not a bot.")
    }
}
