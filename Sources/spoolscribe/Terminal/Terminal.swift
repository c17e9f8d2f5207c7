import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What the terminal can do, and text made safe for it.
enum Terminal {
    /// Standard output is a terminal on which a cursor can be moved.
    static var isInteractive: Bool {
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Colours are wanted: https://no-color.org.
    static var hasColour: Bool { isInteractive && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty }

    /// Columns; `nil` if standard output is no terminal.
    static var width: Int? {
        guard isInteractive else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 100 }
        return Int(size.ws_col)
    }

    /// Without characters that could move the cursor or change colours: text comes from outside.
    static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: " "
                    default: scalar
                    }
                }))
    }

    /// Says something that is no part of the answer.
    static func warn(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

    static func green(_ text: String) -> String { colour("32", text) }
    static func red(_ text: String) -> String { colour("31", text) }
    static func dim(_ text: String) -> String { colour("2", text) }
    /// Marks a word that was searched for, also where there are no colours.
    static func found(_ text: String) -> String { hasColour ? colour("1;33", text) : "[\(text)]" }
    static func bold(_ text: String) -> String { colour("1", text) }

    private static func colour(_ code: String, _ text: String) -> String { hasColour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }

    /// `████████░░░░`
    static func bar(_ percent: Double, cells: Int) -> String {
        let filled = Int((min(max(percent, 0), 100) / 100 * Double(cells)).rounded(.down))
        return String(repeating: "█", count: filled) + String(repeating: "░", count: cells - filled)
    }

    /// Cut or filled to a number of columns, counting a character as one.
    static func column(_ text: String, _ width: Int) -> String {
        let text = plain(text)
        if text.count > width { return text.prefix(max(width - 1, 0)) + "…" }
        return text + String(repeating: " ", count: width - text.count)
    }
}
