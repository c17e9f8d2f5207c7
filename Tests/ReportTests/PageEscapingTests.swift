import Testing

@testable import Report

struct PageEscapingTests {
    private static let replaced: [Unicode.Scalar: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;"]

    /// What HTML calls controls and noncharacters, but for the white space among the controls.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 9, 10, 13: false
        case 0..<0x20, 0x7F..<0xA0, 0xFDD0...0xFDEF: true
        default: scalar.value & 0xFFFE == 0xFFFE
        }
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { isForbidden($0) ? "\u{FFFD}" : replaced[$0] ?? String($0) }.joined()
    }

    /// All up to the first letters of each range, and what is around the noncharacters of each plane.
    private static let scalars: [Unicode.Scalar] =
        ([0..<0x250, 0x1FFE..<0x2070, 0xFDC0..<0xFE00, 0xFFE0..<0x1_0010] + (1...16).map { ($0 << 16 | 0xFFF0)..<($0 << 16 | 0xFFFF) + 2 })
        .joined().compactMap { Unicode.Scalar(UInt32($0)) }

    @Test func everyCharacterIsEscapedWhereverItStands() {
        for scalar in Self.scalars {
            for text in ["\(scalar)", "a\(scalar)", "\(scalar)é", "🎈\(scalar)\(scalar)b"] {
                #expect(PageEscaping().escapeText(text) == Self.escaped(text), "\(scalar.value)")
            }
        }
    }

    @Test func aScriptIsNotEnded() {
        for scalar in Self.scalars {
            let expected = Self.isForbidden(scalar) ? "\u{FFFD}" : scalar == "<" ? #"\u003c"# : "\(scalar)"
            #expect(PageEscaping.script("\(scalar)x\(scalar)") == "\(expected)x\(expected)", "\(scalar.value)")
        }
    }
}
