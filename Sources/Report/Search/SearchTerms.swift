import Foundation

/// The terms by which the site's search finds a text. `search.js` makes the same of what people ask for; a test in a browser holds
/// the two together.
///
/// Letters lose their case and their marks, plurals of English their ending (Harman's S stemmer, "How effective is suffixing?", 1991).
/// Scripts that do not part their words become pairs of letters.
enum SearchTerms {
    private static let longest = 40

    /// Calls `body` with the UTF-8 of each term, in the order of the text.
    static func forEach(in text: String, _ body: (ArraySlice<UInt8>) -> Void) {
        var text = text
        let isASCII = text.withUTF8 { $0.allSatisfy { $0 < 128 } }
        if isASCII {
            text.withUTF8 { asciiTerms($0, body) }
        } else {
            // Signs such as ™ are no letters.
            let letters = String(String.UnicodeScalarView(text.unicodeScalars.lazy.map { Self.isSign($0) ? " " : $0 }))
            foldedTerms(letters.decomposedStringWithCompatibilityMapping.lowercased(), body)
        }
    }

    private static func asciiTerms(_ text: UnsafeBufferPointer<UInt8>, _ body: (ArraySlice<UInt8>) -> Void) {
        var term: [UInt8] = []
        func end() {
            if !term.isEmpty { body(stem(term.prefix(longest))) }
            term.removeAll(keepingCapacity: true)
        }
        for byte in text {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): term.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): term.append(byte | 0x20)
            default: end()
            }
        }
        end()
    }

    private static func foldedTerms(_ text: String, _ body: (ArraySlice<UInt8>) -> Void) {
        var term: [Unicode.Scalar] = []
        var isUnparted = false
        func utf8(_ scalars: some Sequence<Unicode.Scalar>) -> [UInt8] { scalars.flatMap { Array(UTF8.encode($0)!) } }
        func end() {
            if isUnparted, term.count > 1 {
                for (first, second) in zip(term, term.dropFirst()) { body(utf8([first, second])[...]) }
            } else if !term.isEmpty {
                body(stem(utf8(term.prefix(longest))[...]))
            }
            term.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .spacingMark, .enclosingMark: continue
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber,
                .otherNumber:
                if !term.isEmpty, Self.isUnparted(scalar) != isUnparted { end() }
                isUnparted = Self.isUnparted(scalar)
                term.append(scalar == "ς" ? "σ" : scalar)
            default: end()
            }
        }
        end()
    }

    private static func isSign(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: true
        default: false
        }
    }

    private static func isUnparted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Thai, Lao, Burmese, Khmer; Hiragana and Katakana; Chinese characters.
        case 0xE00...0xEFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,
            0x20000...0x3FFFF:
            true
        default: false
        }
    }

    private static func stem(_ term: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        // Of more than three letters, however many bytes these have.
        guard term.last == UInt8(ascii: "s"), term.lazy.filter({ $0 & 0xC0 != 0x80 }).count > 3 else { return term }
        let before = term[term.endIndex - 2]
        let third = term[term.endIndex - 3]
        switch before {
        case UInt8(ascii: "e") where third == UInt8(ascii: "i"):
            let fourth = term[term.endIndex - 4]
            return "ea".utf8.contains(fourth) ? term : term.dropLast(3) + [UInt8(ascii: "y")]
        case UInt8(ascii: "e") where "aeo".utf8.contains(third): return term
        case UInt8(ascii: "u"), UInt8(ascii: "s"): return term
        default: return term.dropLast()
        }
    }

    /// FNV-1a, 32 bits: which shard of a block knows the term.
    static func hash(_ term: some Sequence<UInt8>) -> UInt32 {
        term.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}
