import Foundation
import SpoolFiles
import SystemPackage

/// Writes the pages of the site, each only when what it is made from has changed.
///
/// Works in rounds. A round names every page of the site; what it did not name is removed at its end. What each page was made
/// from is kept in a ledger in the site's folder, so that a new process need not make all of them again.
struct SitePublisher {
    /// The page with which the site begins.
    static let front = "index.html"

    private struct Entry {
        /// What the page was made from; 0 if that is not known.
        var source: UInt64
        var round: UInt32
        /// The ledger's file does not say so yet.
        var isUnsaved = false
    }

    /// Where files are written.
    private(set) var folder: SiteFolder
    private let site: SiteFolder
    private var ledger: PageLedger
    private var entries: [String: Entry] = [:]
    private var round: UInt32 = 1
    private var folders: Set<String> = []

    /// - Parameter maker: names what all pages are made with; pages made with another are made anew.
    /// - Throws: if the site's folder cannot be read.
    init(root: FilePath, maker: String) throws {
        site = SiteFolder(root)
        folder = site
        try SiteFolder.removeAbandoned(in: root)
        var ledger = PageLedger(root: root, maker: maker)
        entries = try ledger.load().mapValues { Entry(source: $0, round: 0) }
        self.ledger = ledger
    }

    /// If there is nothing of the site, its first round is made out of sight.
    /// - Throws: if the site's folder is not there, or nothing can be made in it.
    mutating func hide() throws {
        if entries.isEmpty { folder = try SiteFolder(hiddenIn: site.path) }
    }

    /// Names a page that belongs to the site.
    /// - Parameter path: relative to the site, such as `videos/web-0123.html`.
    /// - Returns: whether it has to be written.
    mutating func needs(_ path: String, from source: UInt64) -> Bool {
        // Found once, as there are very many.
        guard let place = entries.index(forKey: path) else {
            entries[path] = Entry(source: 0, round: round)
            return true
        }
        entries.values[place].round = round
        return entries.values[place].source != source
    }

    mutating func write(_ data: Data, at path: String, from source: UInt64) throws {
        try makeFolder(of: path)
        try folder.put(data, at: path)
        note(path, from: source)
    }

    /// What the file that is there was made from; `nil` if there is none.
    func source(of path: String) -> UInt64? { entries[path]?.source }

    /// Is the file there, made from this?
    func holds(_ path: String, from source: UInt64) -> Bool { entries[path]?.source == source }

    /// Makes the folder in which a file is to lie.
    mutating func makeFolder(of path: String) throws {
        guard let slash = path.lastIndex(of: "/"), folders.insert(String(path[..<slash])).inserted else { return }
        try folder.makeFolder(of: path)
    }

    /// Says that a file was put in the folder.
    mutating func note(_ path: String, from source: UInt64) {
        entries[path] = Entry(source: source, round: round, isUnsaved: true)
    }

    /// Writes a page that is made in every round, if it has come out otherwise than the last time.
    mutating func publish(_ data: Data, at path: String) throws {
        var digest = SourceDigest()
        digest.add(data)
        let source = digest.finish()
        if needs(path, from: source) { try write(data, at: path, from: source) }
    }

    /// Removes the pages that this round did not name, shows the rest, and begins the next.
    mutating func endRound() throws {
        var removed: [String] = []
        for (path, entry) in entries where entry.round != round {
            try FileSystem.remove(folder.target(path))
            removed.append(path)
        }
        for path in removed { entries[path] = nil }
        if folder.isHidden {
            try folder.show(in: site, last: Self.front)
            folder = site
        }
        try ledger.save(
            removed.map { ($0, nil) } + entries.lazy.filter { $0.value.isUnsaved }.map { ($0.key, $0.value.source) },
            of: entries.count, all: { entries.lazy.map { ($0.key, $0.value.source) } })
        for index in entries.values.indices where entries.values[index].isUnsaved { entries.values[index].isUnsaved = false }
        // Somebody may take a folder away.
        folders = []
        round += 1
    }
}
