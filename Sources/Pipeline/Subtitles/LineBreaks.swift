import SpoolFiles

/// Where a line or a cue may end, and how well.
enum LineBreaks {
    /// Whether a line may end between two characters that no space divides: in scripts that have no spaces, unless a mark would be torn
    /// from what it belongs to (JIS X 4051, the rules known as kinsoku).
    static func areAllowed(between last: Character, and next: Character) -> Bool {
        guard isFullWidth(last) || isFullWidth(next) else { return false }
        return !neverFirst.contains(next) && !neverLast.contains(last) && !(last.isNumber && next.isNumber)
    }

    private static let neverFirst: Set<Character> = Set(
        "、。，．・：；？！?!,.:;)]}）］｝〕〉》」』】〙〗〟’”»ーァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎ々〻‐–…‥％%℃")
    private static let neverLast: Set<Character> = Set("([{（［｛〔〈《「『【〘〖〝‘“«￥$£＃#")

    /// Han, kana and the marks that go with them. Korean has spaces.
    private static func isFullWidth(_ character: Character) -> Bool {
        guard let value = character.unicodeScalars.first?.value else { return false }
        return (0x2E80...0x30FF).contains(value) || (0x31F0...0x31FF).contains(value) || (0x3400...0x4DBF).contains(value)
            || (0x4E00...0x9FFF).contains(value) || (0xF900...0xFAFF).contains(value) || (0xFF00...0xFF60).contains(value)
            || (0x20000...0x3FFFF).contains(value)
    }

    /// How badly a break between two units reads: 0 behind a sentence, up to 100 where it tears apart what belongs together.
    static func cost(between last: CueUnit, and next: CueUnit) -> Double {
        if last.speaker != next.speaker { return 0 }
        if endsSentence(last.text) { return 0 }
        let plain = bare(last.text)
        if isTitle(last.text) { return 100 }
        if plain.last?.isNumber == true, last.text.last?.isNumber == true { return 90 }
        if ",;:،؛、，：；—–".contains(last.text.last ?? " ") { return 8 }
        let following = bare(next.text).lowercased()
        // Two names in a row, "Ada Lovelace".
        if plain.first?.isUppercase == true, following != bare(next.text), plain.count > 1 { return 70 }
        if leaning.contains(plain.lowercased()) { return 60 }
        if beginning.contains(following) { return 15 }
        return last.endsSegment ? 12 : 30
    }

    /// - Parameter text: one word or many; the last one counts.
    static func endsSentence(_ text: String) -> Bool {
        let text = String(text.trimmed.reversed().prefix { !$0.isWhitespace }.reversed())
        let marks = text.reversed().drop { "\"'”’»)]」』）".contains($0) }
        guard let mark = marks.first, ".?!…。？！؟।".contains(mark) else { return false }
        // "Dr." and "J." end no sentence.
        return mark != "." || !(isTitle(text) || bare(text).count == 1 && text.first?.isUppercase == true)
    }

    private static func isTitle(_ text: String) -> Bool { titles.contains(bare(text).lowercased()) && text.first?.isUppercase == true }

    private static func bare(_ text: String) -> String { String(text.filter { $0.isLetter || $0.isNumber || $0 == "'" }) }

    private static let titles: Set = [
        "mr", "mrs", "ms", "dr", "prof", "professor", "sir", "lady", "lord", "saint", "st", "president", "minister", "mayor", "captain",
        "general", "king", "queen", "judge", "herr", "frau", "monsieur", "madame", "señor", "señora", "don", "doña", "no", "nr", "vol",
    ]
    /// Words that lean on the next one: a line should not end with them.
    private static let leaning: Set = [
        "a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "with", "from", "and", "or", "but", "my", "your", "his", "her", "its",
        "our", "their", "this", "that", "these", "those", "is", "are", "was", "were", "not", "very", "no", "i", "you", "he", "she", "we",
        "they", "der", "die", "das", "den", "dem", "ein", "eine", "und", "oder", "zu", "mit", "von", "le", "la", "les", "un", "une", "de",
        "du", "des", "et", "à", "el", "los", "las", "una", "y", "en", "del", "il", "lo", "gli", "e", "di", "o",
    ]
    /// Words that begin a clause or a phrase: a good place to break before.
    private static let beginning: Set = [
        "and", "but", "or", "because", "that", "which", "who", "when", "where", "while", "if", "so", "then", "after", "before", "until",
        "although", "since", "with", "without", "into", "from", "for", "as", "than", "und", "aber", "oder", "weil", "dass", "wenn", "als",
        "et", "mais", "ou", "parce", "que", "qui", "quand", "y", "pero", "porque", "cuando", "e", "ma", "perché",
    ]
}
