import Crypto
import Foundation
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// Rules for the names of dropped files.
public enum DropName {
    /// The name of a drop that a command writes, which tells its answer to whoever gave it.
    /// - Parameter word: what it is about: "cancel".
    public static func ofCommand(_ word: String, extension ending: String) -> String { "\(word)-\(SortableID.make()).\(ending)" }

    /// Whether a command wrote the drop of that name.
    public static func isOfCommand(_ name: String) -> Bool {
        let parts = stem(name).split(separator: "-", maxSplits: 1)
        return parts.count == 2 && (parts[0] == "added" || ControlFolder(rawValue: String(parts[0])) != nil) && SortableID.isValid(parts[1])
    }

    /// `true` for names that are never drops: hidden files, our own notes, and what other programs leave behind.
    public static func isIgnored(_ name: String) -> Bool {
        if name.hasPrefix(".") || name.hasPrefix("README") || name.hasPrefix("~$") { return true }
        if ["@eaDir", "Thumbs.db", "desktop.ini"].contains(name) { return true }
        let lowered = name.lowercased()
        return [".part", ".tmp", ".crdownload"].contains { lowered.hasSuffix($0) }
    }

    /// The name with `suffix` behind it, cut at a character so that all fits the 255 bytes of a file name.
    ///
    /// A cut name gets `~` and 8 hexadecimal digits of the whole name's SHA-256, so that two long names stay two.
    public static func fitting(_ name: String, suffix: String) -> String {
        let limit = 255 - suffix.utf8.count
        guard name.utf8.count > limit else { return name + suffix }
        let mark = "~" + SHA256.hash(data: Data(name.utf8)).hex.prefix(8)
        var kept = name
        while kept.utf8.count + mark.utf8.count > limit { kept.removeLast() }
        return kept + mark + suffix
    }

    /// The name as text that is a file name again: bytes that are not UTF-8 become `%E9`, so that two such names stay two.
    public static func text(_ name: FilePath.Component) -> String {
        let bytes = name.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: strlen($0))).map { UInt8(bitPattern: $0) } }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            let whole = (1...4).first { $0 <= rest.count && String(validating: rest.prefix($0), as: UTF8.self) != nil }
            if let whole {
                text += String(decoding: rest.prefix(whole), as: UTF8.self)
                rest = rest.dropFirst(whole)
            } else {
                text += "%" + [first].hex.uppercased()
                rest = rest.dropFirst()
            }
        }
        return fitting(text, suffix: "")
    }

    /// The name as it is compared: in NFC, as not every system writes it.
    public static func canonical(_ name: String) -> String { name.precomposedStringWithCanonicalMapping }

    /// The name without its last extension: `talk.url` is `talk`.
    public static func stem(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
        return String(name[..<dot])
    }

    /// The name of which this is a copy: Chromium and Firefox call a second download of `talk` `talk (1)` or `talk(1)`. `nil` for other names.
    public static func original(_ stem: String) -> String? { stem.wholeMatch(of: /(.+?) ?\([0-9]{1,3}\)/).map { String($0.output.1) } }

    /// The last extension in lower case, without its dot; empty if there is none.
    public static func fileExtension(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }
}

extension Sequence<UInt8> {
    /// Lower-case hexadecimal digits, two a byte.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
