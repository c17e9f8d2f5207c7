import Foundation
import SpoolFiles
import SystemPackage

/// Writes the pages of the site, each only when what it is made from has changed.
///
/// Works in rounds. A round names every page of the site; what it did not name is removed at its end. What each page was made
/// from is kept in a ledger in the site's folder, so that a new process need not make all of them again.
struct SitePublisher {
    private struct Entry {
        /// What the page was made from; 0 if that is not known.
        var source: UInt64
        var round: UInt32
        /// The ledger's file does not say so yet.
        var isUnsaved = false
    }

    let root: FilePath
    private var ledger: PageLedger
    private var entries: [String: Entry] = [:]
    private var round: UInt32 = 1
    private var folders: Set<String> = []

    /// - Parameter maker: names what all pages are made with; pages made with another are made anew.
    /// - Throws: if the site's folder cannot be read.
    init(root: FilePath, maker: String) throws {
        self.root = root
        var ledger = PageLedger(root: root, maker: maker)
        entries = try ledger.load().mapValues { Entry(source: $0, round: 0) }
        self.ledger = ledger
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
        try Self.put(data, at: path, below: root)
        note(path, from: source)
    }

    /// What the file that is there was made from; `nil` if there is none.
    func source(of path: String) -> UInt64? { entries[path]?.source }

    /// Is the file there, made from this?
    func holds(_ path: String, from source: UInt64) -> Bool { entries[path]?.source == source }

    /// Makes the folder in which a file is to lie.
    mutating func makeFolder(of path: String) throws {
        guard let slash = path.lastIndex(of: "/"), folders.insert(String(path[..<slash])).inserted else { return }
        try FileSystem.makeFolder(Self.target(String(path[..<slash]), below: root), below: root)
    }

    /// Says that a file was written by `put`.
    mutating func note(_ path: String, from source: UInt64) {
        entries[path] = Entry(source: source, round: round, isUnsaved: true)
    }

    /// Writes a file whose folder is there, from any thread; `note` it then.
    static func put(_ data: Data, at path: String, below root: FilePath) throws {
        try AtomicFile.write(data, to: target(path, below: root), durability: .view)
    }

    static func target(_ path: String, below root: FilePath) -> FilePath {
        path.split(separator: "/").reduce(root) { $0.appending(String($1)) }
    }

    /// Writes a page that is made in every round, if it has come out otherwise than the last time.
    mutating func publish(_ data: Data, at path: String) throws {
        var digest = SourceDigest()
        digest.add(data)
        let source = digest.finish()
        if needs(path, from: source) { try write(data, at: path, from: source) }
    }

    /// Removes the pages that this round did not name, and begins the next.
    mutating func endRound() throws {
        var removed: [String] = []
        for (path, entry) in entries where entry.round != round {
            try FileSystem.remove(Self.target(path, below: root))
            removed.append(path)
        }
        for path in removed { entries[path] = nil }
        try ledger.save(
            removed.map { ($0, nil) } + entries.lazy.filter { $0.value.isUnsaved }.map { ($0.key, $0.value.source) },
            of: entries.count, all: { entries.lazy.map { ($0.key, $0.value.source) } })
        for index in entries.values.indices where entries.values[index].isUnsaved { entries.values[index].isUnsaved = false }
        // Somebody may take a folder away.
        folders = []
        round += 1
    }
}
