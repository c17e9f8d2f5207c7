import SpoolFiles

/// What yt-dlp's messages mean: one row for each kind. The wording is that of yt-dlp's own source and of the sites whose reasons it
/// passes on (2026.10.26); `YtDlpErrorsTests` has a real message for each row.
enum YtDlpErrors {
    struct Row: Hashable {
        /// All of these stand in the message, in any case of letters.
        let words: [String]
        let failureClass: FailureClass
        let code: String
        let hint: String
    }

    private static let cookies = "Whoever runs the daemon can lend it the cookies of a browser that is logged in: network.cookies"
    private static let leftAlone = "The site is left alone for a while, and asked again by itself"

    /// In order; the first row that fits counts. A site's refusal of us comes before its words about the video, which often stand in the
    /// same message: "Video unavailable. … rate-limited".
    static let rows: [Row] = [
        // We are refused.
        Row(
            words: ["spoolscribe: address refused"], failureClass: .permanent, code: "address_refused",
            hint: "If the address is your own, whoever runs the daemon can list it under network.allow_addresses"),
        Row(words: ["not a bot"], failureClass: .blocked, code: "bot_check", hint: "\(leftAlone). \(cookies)"),
        Row(words: ["rate-limited"], failureClass: .blocked, code: "rate_limited", hint: leftAlone),
        Row(words: ["captcha"], failureClass: .blocked, code: "captcha", hint: "\(leftAlone). \(cookies)"),
        Row(words: ["HTTP Error 429"], failureClass: .blocked, code: "too_many_requests", hint: leftAlone),
        Row(
            words: ["anti-bot challenge"], failureClass: .permanent, code: "anti_bot",
            hint: "The site lets no programs in. Download the recording in a browser, and drop the file"),
        // This machine lacks something.
        Row(
            words: ["No module named"], failureClass: .local, code: "yt_dlp_missing",
            hint: "Whoever runs the daemon must run the set-up again, or set tools.python"),
        Row(
            words: ["No supported JavaScript runtime"], failureClass: .local, code: "js_runtime_missing",
            hint: "Whoever runs the daemon must run the set-up again: without deno the site's formats cannot be found"),
        Row(words: ["No space left on device"], failureClass: .local, code: "disk_full", hint: "Free some disk space"),
        Row(
            words: ["Permission denied"], failureClass: .local, code: "no_rights",
            hint: "Whoever runs the daemon must let it write in the spool"),
        // Not there yet.
        Row(words: ["Premieres in"], failureClass: .notYet, code: "premiere", hint: "It is fetched by itself after its premiere"),
        Row(words: ["Premiere will begin"], failureClass: .notYet, code: "premiere", hint: "It is fetched by itself after its premiere"),
        Row(
            words: ["live event will begin"], failureClass: .notYet, code: "live_not_begun", hint: "It is fetched by itself when it is over"
        ),
        Row(
            words: ["live stream recording is not available"], failureClass: .notYet, code: "live_recording_pending",
            hint: "The site makes its recording first; it is looked at again by itself"),
        Row(words: ["not currently live"], failureClass: .permanent, code: "not_live", hint: "Drop the link to the recording instead"),
        // Not for us.
        Row(words: ["confirm your age"], failureClass: .permanent, code: "age_gate", hint: cookies),
        Row(words: ["age-restricted"], failureClass: .permanent, code: "age_gate", hint: cookies),
        Row(words: ["Private video"], failureClass: .permanent, code: "private", hint: "Ask its owner to share it. \(cookies)"),
        Row(words: ["video is private"], failureClass: .permanent, code: "private", hint: "Ask its owner to share it. \(cookies)"),
        Row(words: ["members-only"], failureClass: .permanent, code: "members_only", hint: "It is for members. \(cookies)"),
        Row(words: ["channel's members"], failureClass: .permanent, code: "members_only", hint: "It is for members. \(cookies)"),
        Row(
            words: ["protected by a password"], failureClass: .permanent, code: "password",
            hint: "Download it in a browser with its password, and drop the file"),
        Row(words: ["only available for registered users"], failureClass: .permanent, code: "login_needed", hint: cookies),
        Row(words: ["Login details are needed"], failureClass: .permanent, code: "login_needed", hint: cookies),
        Row(
            words: ["DRM protected"], failureClass: .permanent, code: "drm",
            hint: "It is encrypted for its site's player alone, and cannot be worked on"),
        Row(
            words: ["available in your country"], failureClass: .permanent, code: "geo_blocked",
            hint: "Whoever runs the daemon can set a proxy in another country: network.proxy"),
        Row(
            words: ["geo restriction"], failureClass: .permanent, code: "geo_blocked",
            hint: "Whoever runs the daemon can set a proxy in another country: network.proxy"),
        // Gone, or never there.
        Row(words: ["has been removed"], failureClass: .permanent, code: "removed", hint: "It is gone at its source"),
        Row(words: ["has been terminated"], failureClass: .permanent, code: "removed", hint: "The channel is gone at its source"),
        Row(words: ["no longer available"], failureClass: .permanent, code: "removed", hint: "It is gone at its source"),
        Row(words: ["HTTP Error 404"], failureClass: .permanent, code: "not_found", hint: "Check the link; it may have been removed"),
        Row(words: ["HTTP Error 410"], failureClass: .permanent, code: "not_found", hint: "It has been removed"),
        Row(words: ["HTTP Error 401"], failureClass: .permanent, code: "login_needed", hint: cookies),
        Row(words: ["HTTP Error 403"], failureClass: .permanent, code: "forbidden", hint: "It may need a login. \(cookies)"),
        Row(
            words: ["Requested format is not available"], failureClass: .permanent, code: "no_format",
            hint: "Whoever runs the daemon can look at network.format and at deno (spoolscribe doctor): without it many formats are missing"
        ),
        Row(
            words: ["No video formats found"], failureClass: .permanent, code: "no_video",
            hint: "There is no video on this page that can be found. Drop the link to the video's own page"),
        Row(
            words: ["Unsupported URL"], failureClass: .permanent, code: "unsupported",
            hint: "There is no video on this page that can be found. Drop the link to the video's own page, or the recording itself"),
        Row(words: ["is not a valid URL"], failureClass: .permanent, code: "bad_url", hint: "Check the link"),
        Row(
            words: ["Incomplete YouTube ID"], failureClass: .permanent, code: "bad_url", hint: "Letters are missing at the end of the link"),
        Row(words: ["Video unavailable"], failureClass: .permanent, code: "unavailable", hint: "Open the link in a browser to see why"),
        // The way there.
        Row(
            words: ["CERTIFICATE_VERIFY_FAILED"], failureClass: .permanent, code: "certificate",
            hint: "The site cannot prove who it is. Check the link, and this machine's clock"),
        Row(words: ["HTTP Error 5"], failureClass: .transient, code: "server_error", hint: "The site has trouble of its own"),
        Row(words: ["timed out"], failureClass: .transient, code: "timeout", hint: "The site or the network was too slow"),
        Row(
            words: ["name resolution"], failureClass: .transient, code: "name_not_found", hint: "Check the network of the daemon's machine"),
        Row(
            words: ["Name or service not known"], failureClass: .transient, code: "name_not_found",
            hint: "Check the link, and the network of the daemon's machine"),
        Row(words: ["Connection refused"], failureClass: .transient, code: "connection", hint: "The site does not answer"),
        Row(words: ["Connection reset"], failureClass: .transient, code: "connection", hint: "The connection broke off"),
        Row(
            words: ["Network is unreachable"], failureClass: .transient, code: "connection",
            hint: "Check the network of the daemon's machine"),
        Row(words: ["IncompleteRead"], failureClass: .transient, code: "connection", hint: "The connection broke off"),
    ]

    /// The failure that the last lines of standard error tell of. An unknown message may pass by itself; it is kept as it is.
    /// - Parameter now: from which "in 3 hours" is counted.
    static func failure(from lines: [String], url: String, at now: Timestamp) -> Failure {
        let errors = lines.filter { $0.hasPrefix("ERROR:") }
        let message = (errors.last ?? lines.last ?? "yt-dlp said nothing").replacing("ERROR: ", with: "")
        guard let row = row(for: lines, errors) else { return Failure(.transient, "yt_dlp_failed", "\(url): \(message)") }
        var failure = Failure(row.failureClass, row.code, "\(url): \(message)", hint: row.hint)
        if row.failureClass == .notYet { failure.notBefore = announced(in: plain(message)).map { now.adding(seconds: $0) } }
        return failure
    }

    private static func row(for lines: [String], _ errors: [String]) -> Row? {
        // A warning may name an error that did not matter in the end. But a lack of formats has its reason in a warning.
        let relevant = (errors.isEmpty ? lines : errors) + (errors.contains { $0.contains("format") } ? lines.filter(isOfRuntime) : [])
        let text = plain(relevant.joined(separator: "\n"))
        return rows.first { $0.words.allSatisfy { text.contains(plain($0)) } }
    }

    private static func isOfRuntime(_ line: String) -> Bool { line.contains("No supported JavaScript runtime") }

    /// Sites set apostrophes either way.
    private static func plain(_ text: String) -> String { text.lowercased().replacing("’", with: "'") }

    /// Seconds to an announced time: "Premieres in 3 hours", "will begin in 2 days".
    private static func announced(in text: String) -> Double? {
        let units: [String: Double] = ["second": 1, "minute": 60, "hour": 3600, "day": 86_400]
        let words = text.split { !$0.isLetter && !$0.isNumber }
        for (index, word) in words.enumerated() where index > 0 && words[index - 1] == "in" {
            guard let count = Double(word), index + 1 < words.count else { continue }
            let unit = words[index + 1].hasSuffix("s") ? words[index + 1].dropLast() : words[index + 1]
            if let seconds = units[String(unit)] { return count * seconds }
        }
        return nil
    }
}
