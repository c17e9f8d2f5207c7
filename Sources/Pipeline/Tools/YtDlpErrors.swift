import Foundation
import SpoolFiles

/// What yt-dlp's messages mean: one row for each kind. The wording is that of yt-dlp's own source and of the sites whose reasons it
/// passes on (2026.10.26); `YtDlpErrorsTests` has a real message for each row.
enum YtDlpErrors {
    struct Row: Sendable {
        /// One of these stands in the message, in any case of letters.
        let words: [String]
        let failureClass: FailureClass
        let code: String
        let hint: String

        init(_ words: [String], _ failureClass: FailureClass, _ code: String, _ hint: String) {
            self.words = words
            self.failureClass = failureClass
            self.code = code
            self.hint = hint
        }
    }

    private static let cookies = "Whoever runs the daemon can lend it the cookies of a browser that is logged in: network.cookies"
    private static let leftAlone = "The site is left alone for a while, and asked again by itself"

    /// In order; the first row that fits counts. A site's refusal of us comes before its words about the video, which often stand in the
    /// same message: "Video unavailable. … rate-limited".
    static let rows: [Row] = [
        // We are refused.
        Row(
            ["spoolscribe: address refused"], .permanent, "address_refused",
            "If the address is your own, whoever runs the daemon can list it under network.allow_addresses"),
        Row(["not a bot"], .blocked, "bot_check", "\(leftAlone). \(cookies)"),
        Row(["rate-limited"], .blocked, "rate_limited", leftAlone),
        Row(["captcha"], .blocked, "captcha", "\(leftAlone). \(cookies)"),
        Row(["HTTP Error 429"], .blocked, "too_many_requests", leftAlone),
        Row(
            ["anti-bot challenge"], .permanent, "anti_bot",
            "The site lets no programs in. Download the recording in a browser, and drop the file"),
        // This machine lacks something.
        Row(
            ["No module named"], .local, "yt_dlp_missing", "Whoever runs the daemon must run the set-up again, or set tools.python"),
        Row(
            ["No supported JavaScript runtime"], .local, "js_runtime_missing",
            "Whoever runs the daemon must run the set-up again: without deno the site's formats cannot be found"),
        Row(
            ["File too large"], .permanent, "too_large",
            "It is larger than whoever runs the daemon allows: network.max_bytes. network.format may choose something smaller"),
        Row(["No space left on device"], .local, "disk_full", "Free some disk space"),
        Row(["Permission denied"], .local, "no_rights", "Whoever runs the daemon must let it write in the spool"),
        // Not there yet.
        Row(["Premieres in", "Premiere will begin"], .notYet, "premiere", "It is fetched by itself after its premiere"),
        Row(["live event will begin"], .notYet, "live_not_begun", "It is fetched by itself when it is over"),
        Row(
            ["live stream recording is not available"], .notYet, "live_recording_pending",
            "The site makes its recording first; it is looked at again by itself"),
        Row(["not currently live"], .permanent, "not_live", "Drop the link to the recording instead"),
        // Not for us.
        Row(["confirm your age", "age-restricted"], .permanent, "age_gate", cookies),
        Row(["Private video", "video is private"], .permanent, "private", "Ask its owner to share it. \(cookies)"),
        Row(["members-only", "channel's members"], .permanent, "members_only", "It is for members. \(cookies)"),
        Row(
            ["protected by a password"], .permanent, "password", "Download it in a browser with its password, and drop the file"),
        Row(
            ["only available for registered users", "Login details are needed", "HTTP Error 401"], .permanent, "login_needed", cookies),
        Row(["DRM protected"], .permanent, "drm", "It is encrypted for its site's player alone, and cannot be worked on"),
        Row(
            ["available in your country", "geo restriction"], .permanent, "geo_blocked",
            "Whoever runs the daemon can set a proxy in another country: network.proxy"),
        // Gone, or never there.
        Row(
            ["has been removed", "has been terminated", "no longer available"], .permanent, "removed", "It is gone at its source"),
        Row(
            ["HTTP Error 404", "HTTP Error 410"], .permanent, "not_found", "Check the link; it may have been removed"),
        Row(["HTTP Error 403"], .permanent, "forbidden", "It may need a login. \(cookies)"),
        Row(
            ["Requested format is not available"], .permanent, "no_format",
            "Whoever runs the daemon can look at network.format and at deno (spoolscribe doctor): without it many formats are missing"),
        Row(
            ["No video formats found"], .permanent, "no_video",
            "There is no video on this page that can be found. Drop the link to the video's own page"),
        Row(
            ["Unsupported URL"], .permanent, "unsupported",
            "There is no video on this page that can be found. Drop the link to the video's own page, or the recording itself"),
        Row(
            ["is not a valid URL", "Incomplete YouTube ID"], .permanent, "bad_url", "Check the link: something is missing in it"),
        Row(["Video unavailable"], .permanent, "unavailable", "Open the link in a browser to see why"),
        // The way there.
        Row(
            ["CERTIFICATE_VERIFY_FAILED"], .permanent, "certificate",
            "The site cannot prove who it is. Check the link, and this machine's clock"),
        Row(["HTTP Error 5"], .transient, "server_error", "The site has trouble of its own"),
        Row(["timed out"], .transient, "timeout", "The site or the network was too slow"),
        Row(
            ["name resolution", "Name or service not known"], .transient, "name_not_found",
            "Check the link, and the network of the daemon's machine"),
        Row(
            ["Connection refused", "Connection reset", "Network is unreachable", "IncompleteRead"], .transient, "connection",
            "The site does not answer, or the connection broke off. Check the network of the daemon's machine"),
    ]

    /// The failure that the last lines of standard error tell of. An unknown message may pass by itself; it is kept as it is.
    /// - Parameter now: from which "in 3 hours" is counted.
    static func failure(from lines: [String], url: String, at now: Timestamp) -> Failure {
        let errors = lines.filter { $0.hasPrefix("ERROR:") }
        let message = (errors.last ?? lines.last ?? "yt-dlp said nothing").replacing("ERROR: ", with: "")
        guard let row = row(for: lines.map { told(in: $0, of: url) }, errors.map { told(in: $0, of: url) }) else {
            return Failure(.transient, "yt_dlp_failed", "\(url): \(message)")
        }
        var failure = Failure(row.failureClass, row.code, "\(url): \(essence(of: message))", hint: row.hint)
        if row.failureClass == .notYet {
            failure.notBefore = announced(in: plain(told(in: message, of: url))).map { now.adding(seconds: $0) }
        }
        return failure
    }

    /// What is said of a link, without the link itself and what stands for it: who names a page "captcha" has not been refused.
    private static func told(in message: String, of url: String) -> String {
        let slug = url.split { "/?#".contains($0) }.last.map { String($0).removingPercentEncoding ?? String($0) } ?? ""
        var text = message
        for name in [url, slug, DropName.stem(slug)] where name.count >= 4 { text = text.replacing(name, with: "…") }
        text = text.replacing(/https?:\/\/\S+/, with: "…")
        guard let mark = text.prefixMatch(of: #/(?:ERROR: )?\[[\w:.\-]+\] [^:]*: /#) else { return text }
        return String(text[mark.range.upperBound...])
    }

    /// Without the extractor's name before it, and yt-dlp's advice to those who call it themselves behind it.
    private static func essence(of message: String) -> String {
        var text = message[...]
        if let mark = text.prefixMatch(of: /\[[\w:]+\] (?:[\w-]{1,64}: )?/) { text = text[mark.range.upperBound...] }
        for end in [" Use --", "; please report", " (caused by", ". See  http", " See  http", " Confirm you are on"] {
            if let place = text.firstRange(of: end) { text = text[..<place.lowerBound] }
        }
        return text.isEmpty ? message : String(text)
    }

    private static func row(for lines: [String], _ errors: [String]) -> Row? {
        // A warning may name an error that did not matter in the end. But a lack of formats has its reason in a warning.
        let relevant = (errors.isEmpty ? lines : errors) + (errors.contains { $0.contains("format") } ? lines.filter(isOfRuntime) : [])
        let text = plain(relevant.joined(separator: "\n"))
        return rows.first { $0.words.contains { text.contains(plain($0)) } }
    }

    private static func isOfRuntime(_ line: String) -> Bool { line.contains("No supported JavaScript runtime") }

    /// Sites set apostrophes either way.
    private static func plain(_ text: String) -> String { text.lowercased().replacing("’", with: "'") }

    /// Seconds to an announced time: "Premieres in 3 hours", "will begin in 2 days".
    private static func announced(in text: String) -> Double? {
        let units: [String: Double] = ["second": 1, "minute": 60, "hour": 3600, "day": 86_400]
        let words = text.split { !$0.isLetter && !$0.isNumber }
        for (index, word) in words.enumerated() where index > 0 && words[index - 1] == "in" {
            guard word.utf8.count <= 5, let count = Int(word), index + 1 < words.count else { continue }
            let unit = words[index + 1].hasSuffix("s") ? words[index + 1].dropLast() : words[index + 1]
            if let seconds = units[String(unit)] { return min(Double(count) * seconds, 366 * 86_400) }
        }
        return nil
    }
}
