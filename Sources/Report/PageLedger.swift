import Foundation
import SpoolFiles
import SystemPackage

/// What the pages of a site were made from: `.ledger` in its folder. Losing it costs nothing but time.
///
/// Lines of text. The first says what the pages are made with; then a page a line, with 16 hexadecimal digits before its path, of
/// which the last one counts; dashes instead of the digits stand for a page that was removed.
struct PageLedger {
    private let root: FilePath
    private let header: String
    /// Of the file.
    private var lines = 0

    private static let removed = String(repeating: "-", count: 16)

    init(root: FilePath, maker: String) {
        self.root = root
        header = "spoolscribe-pages 1 \(maker)"
    }

    private var file: FilePath { root.appending(".ledger") }

    /// Every page that is there by its path, with 0 for those of which nothing is known. Begins a new file if the old one is another
    /// maker's or has become long.
    mutating func load() throws -> [String: UInt64] {
        var pages: [String: UInt64] = [:]
        lines = 0
        if let data = try? FileSystem.read(file, limit: 1 << 30) {
            var isOurs = false
            for line in data.split(separator: UInt8(ascii: "\n")) {
                let text = String(decoding: line, as: UTF8.self)
                lines += 1
                if lines == 1 {
                    isOurs = text == header
                } else if text.count > 17 {
                    let path = String(text.dropFirst(17))
                    pages[path] = text.hasPrefix(Self.removed) ? nil : isOurs ? UInt64(text.prefix(16), radix: 16) ?? 0 : 0
                }
            }
        }
        let there = try files()
        pages = pages.filter { there.contains($0.key) }
        // Files of ours of which the ledger does not know; other people's stay alone.
        for path in there where pages[path] == nil && Self.isOurs(path) { pages[path] = 0 }
        if FileSystem.exists(root), lines == 0 || isLong(for: pages.count) || pages.values.contains(0) {
            try begin(pages.lazy.map { ($0, $1) })
        }
        return pages
    }

    private func isLong(for count: Int) -> Bool { lines > 2 * count + 1000 }

    /// Makes the file anew.
    private mutating func begin(_ pages: some Collection<(path: String, source: UInt64)>) throws {
        let text = pages.map { Self.line($0.path, $0.source) }.joined()
        try AtomicFile.write(Data("\(header)\n\(text)".utf8), to: file, durability: .view)
        lines = pages.count + 1
    }

    /// Adds lines for pages that were written or removed; a path without a source is of one that was removed. Where the file has become
    /// long, it is made anew of all pages.
    mutating func save(
        _ pages: [(path: String, source: UInt64?)], of count: Int, all: () -> some Collection<(path: String, source: UInt64)>
    ) throws {
        if pages.isEmpty { return }
        lines += pages.count
        if isLong(for: count) { return try begin(all()) }
        let isNew = !FileSystem.exists(file)
        let descriptor = try FileDescriptor.open(
            file, .writeOnly, options: [.create, .append, .noFollow, .closeOnExec], permissions: FolderModes.newFile)
        try descriptor.closeAfter {
            if isNew { _ = try descriptor.writeAll("\(header)\n".utf8) }
            // Some at a time: there may be hundreds of thousands.
            for first in stride(from: 0, to: pages.count, by: 1000) {
                let lines = pages[first..<min(first + 1000, pages.count)].map { Self.line($0.path, $0.source) }
                _ = try descriptor.writeAll(lines.joined().utf8)
            }
        }
    }

    private static func line(_ path: String, _ source: UInt64?) -> String {
        guard let source else { return "\(removed) \(path)\n" }
        let digits = String(source, radix: 16)
        return "\(String(repeating: "0", count: 16 - digits.count))\(digits) \(path)\n"
    }

    /// Is a file of that name one that only we would write?
    private static func isOurs(_ path: String) -> Bool {
        let folders = ["channels/", "jobs/", "search/", "search-text/", "sites/", "tags/", "users/", "versions/", "videos/"]
        return path.hasSuffix(".html") || folders.contains(where: path.hasPrefix)
            || [".json", ".js"].contains(where: path.hasSuffix) && ["jobs-from-", "videos-from-"].contains(where: path.hasPrefix)
    }

    /// The paths of all files of the site, relative to it.
    private func files() throws -> Set<String> {
        guard FileSystem.exists(root) else { return [] }
        var found: Set<String> = []
        for name in try names(in: root) {
            let path = root.appending(name)
            guard FileSystem.attributes(of: path)?.kind == .folder else {
                found.insert(name)
                continue
            }
            for inner in try names(in: path) { found.insert("\(name)/\(inner)") }
        }
        return found
    }

    /// The names that people see. What was being written when we were killed is removed.
    private func names(in folder: FilePath) throws -> [String] {
        try FileSystem.list(folder).map(\.string).filter { name in
            if AtomicFile.isTemporary(name) { try FileSystem.remove(folder.appending(name)) }
            return !name.hasPrefix(".")
        }
    }
}
