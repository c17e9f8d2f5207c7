/// What subtitles must keep to so that people can read them: broadcast practice, and by language the rules of its script.
public struct CueRules: Sendable, Hashable {
    public var maxLines = 2
    /// Characters.
    public var maxLineLength = 42
    /// Seconds.
    public var minDuration = 1.0
    public var maxDuration = 7.0
    /// Characters a second.
    public var maxRate = 20.0
    /// Seconds between two cues: two frames of a film.
    public var minGap = 0.08
    /// Seconds that a cue may stand before its first word, where it would be too short to read.
    var maxLead = 0.5
    /// Seconds that a cue may come behind its first word, where the one before it needs them to be read.
    var maxLag = 0.4
    /// The same, where it could not be read at all otherwise.
    var utmostLag = 1.0
    /// Seconds of silence that no cue stands over.
    var longestPause = 1.5

    public init() {}

    /// Languages written with full-width characters and without spaces. Such a line holds 16 of them, and people read 12 a second
    /// (Netflix, Timed Text Style Guides for Chinese and Japanese, whose rate is that of condensed subtitles, not of all that is said).
    private static let fullWidth: Set = ["zh", "ja", "yue"]
    private static let rightToLeft: Set = ["ar", "fa", "he", "ur", "yi", "ps", "sd", "ug"]

    /// These rules for a language: limits that somebody set narrower stay as they are.
    func adapted(to language: String) -> CueRules {
        guard Self.isFullWidth(language) else { return self }
        var rules = self
        rules.maxLineLength = min(maxLineLength, 16)
        rules.maxRate = min(maxRate, 12)
        return rules
    }

    static func isFullWidth(_ language: String) -> Bool { fullWidth.contains(language) }
    static func isRightToLeft(_ language: String) -> Bool { rightToLeft.contains(language) }
}
