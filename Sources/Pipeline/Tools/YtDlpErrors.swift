import SpoolFiles

/// What yt-dlp's messages mean. Matched in order; the first that fits counts.
enum YtDlpErrors {
    private struct Rule {
        /// All of these stand in the message.
        let words: [String]
        let failureClass: FailureClass
        let code: String
        let hint: String?
    }

    private static let rules: [Rule] = [
        Rule(
            words: ["spoolscribe: address refused"], failureClass: .permanent, code: "address_refused",
            hint: "List the address under network.allow_addresses if it is yours"),
        Rule(
            words: ["Sign in to confirm you", "not a bot"], failureClass: .blocked, code: "bot_check",
            hint: "The site takes us for a robot; it is left alone for a while. Cookies of a browser can help: network.cookies"),
        Rule(words: ["rate-limited"], failureClass: .blocked, code: "rate_limited", hint: "The site is left alone for a while"),
        Rule(words: ["HTTP Error 429"], failureClass: .blocked, code: "too_many_requests", hint: "The site is left alone for a while"),
        Rule(words: ["Private video"], failureClass: .permanent, code: "private", hint: "Ask its owner to share it"),
        Rule(
            words: ["members-only"], failureClass: .permanent, code: "members_only",
            hint: "Cookies of a member's browser are needed: network.cookies"),
        Rule(
            words: ["Sign in to confirm your age"], failureClass: .permanent, code: "age_gate",
            hint: "Cookies of a grown-up's browser are needed: network.cookies"),
        Rule(words: ["Premieres in"], failureClass: .notYet, code: "premiere", hint: nil),
        Rule(words: ["This live event will begin"], failureClass: .notYet, code: "live_not_begun", hint: nil),
        Rule(words: ["has been removed"], failureClass: .permanent, code: "removed", hint: nil),
        Rule(words: ["Video unavailable"], failureClass: .permanent, code: "unavailable", hint: nil),
        Rule(
            words: ["not available in your country"], failureClass: .permanent, code: "geo_blocked",
            hint: "A proxy in another country can help: network.proxy"),
        Rule(words: ["HTTP Error 404"], failureClass: .permanent, code: "not_found", hint: "Check the link; it may have been removed"),
        Rule(words: ["HTTP Error 410"], failureClass: .permanent, code: "not_found", hint: "It has been removed"),
        Rule(words: ["HTTP Error 403"], failureClass: .permanent, code: "forbidden", hint: "It may need a login: see network.cookies"),
        Rule(
            words: ["Unsupported URL"], failureClass: .permanent, code: "unsupported",
            hint: "There is no video on this page that yt-dlp can find"),
        Rule(words: ["is not a valid URL"], failureClass: .permanent, code: "bad_url", hint: "Check the link"),
        Rule(
            words: ["No video formats found"], failureClass: .permanent, code: "no_video",
            hint: "There is no video on this page that yt-dlp can find"),
        Rule(words: ["No module named"], failureClass: .local, code: "yt_dlp_missing", hint: "Run the set-up again, or set tools.python"),
        Rule(words: ["No space left on device"], failureClass: .local, code: "disk_full", hint: "Free some disk space"),
    ]

    /// The failure that the last lines of standard error tell of. An unknown message may pass by itself; it is kept as it is.
    static func failure(from lines: [String], url: String) -> Failure {
        let errors = lines.filter { $0.hasPrefix("ERROR:") }
        let message = (errors.last ?? lines.last ?? "yt-dlp said nothing").replacing("ERROR: ", with: "")
        // A warning may name an error that did not matter in the end.
        let all = (errors.isEmpty ? lines : errors).joined(separator: "\n")
        for rule in rules where rule.words.allSatisfy(all.contains) {
            return Failure(rule.failureClass, rule.code, "\(url): \(message)", hint: rule.hint)
        }
        return Failure(.transient, "yt_dlp_failed", "\(url): \(message)")
    }
}
