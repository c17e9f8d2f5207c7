import Foundation
import SpoolFiles

/// Shortcuts to web pages, as browsers make them by drag and drop.
enum ShortcutParser {
    /// Windows: an INI file with `URL=` under `[InternetShortcut]`.
    static func parseURLFile(_ text: String) -> ParsedDrop { parse(text, section: "[InternetShortcut]", kind: "Windows shortcut") }

    /// Linux: a desktop entry of the type `Link`, as the freedesktop.org specification has it.
    static func parseDesktopFile(_ text: String) -> ParsedDrop { parse(text, section: "[Desktop Entry]", kind: "desktop link") }

    private static func parse(_ text: String, section: String, kind: String) -> ParsedDrop {
        var isInside = false
        for (index, line) in TextDecoding.lines(text).enumerated() {
            let line = line.trimmed
            if line.hasPrefix("[") {
                isInside = line.lowercased() == section.lowercased()
            } else if isInside, let equals = line.firstIndex(of: "=") {
                let key = line[..<equals].trimmed.lowercased()
                guard key == "url" || key == "url[$e]" else { continue }
                var drop = ParsedDrop()
                drop.add(address: String(line[line.index(after: equals)...]), line: index + 1)
                return drop
            }
        }
        return .refused(
            "there is no URL= line under \(section), so it is not a \(kind) to a web page",
            "Drag the address from the browser's address bar again")
    }

    /// macOS: a property list, XML or binary, with the key `URL`.
    static func parseWebloc(_ data: Data) -> ParsedDrop {
        guard let list = try? PropertyListSerialization.propertyList(from: data, options: [], format: nil) as? [String: Any],
            let address = list["URL"] as? String
        else {
            return .refused(
                "it is not a property list with the key URL, so it is not a macOS link",
                "Drag the address from the browser's address bar again")
        }
        var drop = ParsedDrop()
        drop.add(address: address, line: nil)
        return drop
    }
}
