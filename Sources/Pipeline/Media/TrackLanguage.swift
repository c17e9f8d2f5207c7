import Foundation

/// The language codes of sound tracks: containers have three letters (`deu`, or by an older habit `ger`), people write two.
enum TrackLanguage {
    /// Whether a container's code is that of a wanted language.
    static func matches(_ tag: String, _ wanted: String) -> Bool { short(tag) == short(wanted) }

    /// Of ISO 639-2, whose bibliographic codes no library knows any more (Library of Congress, code list).
    private static let bibliographic = [
        "alb": "sq", "arm": "hy", "baq": "eu", "bur": "my", "chi": "zh", "cze": "cs", "dut": "nl", "fre": "fr", "geo": "ka", "ger": "de",
        "gre": "el", "ice": "is", "mac": "mk", "may": "ms", "per": "fa", "rum": "ro", "slo": "sk", "tib": "bo", "wel": "cy",
    ]

    private static func short(_ code: String) -> String {
        let base = CaptionChoice.base(code)
        return bibliographic[base] ?? Locale.LanguageCode(base).identifier(.alpha2) ?? base
    }
}
