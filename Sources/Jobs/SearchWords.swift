/// What somebody searches for, in FTS5's words: nothing in it is taken for an operator.
package struct SearchWords {
    /// For `MATCH`.
    let match: String

    /// Between which words stand together, as keyboards and as word processors write them.
    package static let quotationMarks: Set<Unicode.Scalar> = ["\"", "“", "”", "„", "«", "»"]

    var isEmpty: Bool { match.isEmpty }

    init(_ query: String) {
        // Every second piece stood between quotation marks; by scalars, since an accent may stand on one of them.
        let pieces = query.unicodeScalars.split(omittingEmptySubsequences: false, whereSeparator: Self.quotationMarks.contains)
            .map { Substring($0) }
        let phrases = pieces.enumerated().flatMap { index, piece in
            index.isMultiple(of: 2) ? piece.split(whereSeparator: \.isWhitespace) : [piece]
        }
        match = phrases.filter { $0.contains { $0.isLetter || $0.isNumber } }.map { "\"\(Self.spaced(String($0)))\"" }.joined(
            separator: " ")
    }

    private static let border: Character = "\u{200B}"

    /// Chinese and Japanese have no spaces, and the index would take a whole sentence for one word: each of their characters becomes one.
    static func spaced(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnspaced) else { return text }
        var result = ""
        for character in text {
            let isAlone = character.unicodeScalars.first.map(isUnspaced) ?? false
            if isAlone, result.last != border { result.append(border) }
            result.append(character)
            if isAlone { result.append(border) }
        }
        return result
    }

    static func joined(_ text: String) -> String { text.filter { $0 != border } }

    private static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
        (0x3040...0x30FF).contains(scalar.value) || (0x3400...0x9FFF).contains(scalar.value) || (0xF900...0xFAFF).contains(scalar.value)
            || (0x20000...0x3FFFF).contains(scalar.value)
    }
}
