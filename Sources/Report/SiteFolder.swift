import Foundation
import SpoolFiles
import SystemPackage

/// Where the files of the site are written.
///
/// That is the site itself; but one that is made from nothing is made in a hidden folder in it, and shown as a whole: people never see
/// half of it, and its files need not be put in place one by one.
struct SiteFolder: Sendable {
    let path: FilePath
    /// Says that a process works in the hidden folder; `nil` in the site itself.
    private let lock: SpoolLock?

    private static let hiddenPrefix = ".new-"
    private static let lockName = ".lock"

    var isHidden: Bool { lock != nil }

    /// The site itself.
    init(_ path: FilePath) {
        self.path = path
        lock = nil
    }

    /// A new hidden folder in a site.
    init(hiddenIn site: FilePath) throws {
        path = site.appending("\(Self.hiddenPrefix)\(UInt64.random(in: .min ... .max))")
        try FileSystem.makeFolder(path)
        lock = try SpoolLock(path.appending(Self.lockName))
    }

    /// Removes the hidden folders that processes left which were killed.
    static func removeAbandoned(in site: FilePath) throws {
        for name in try FileSystem.list(site) where name.string.hasPrefix(hiddenPrefix) {
            let folder = site.appending(name)
            if SpoolLock.holderIfHeld(folder.appending(lockName)) == nil { try FileSystem.remove(folder) }
        }
    }

    /// - Parameter file: relative to the site, such as `videos/web-0123.html`.
    func target(_ file: String) -> FilePath { file.split(separator: "/").reduce(path) { $0.appending(String($1)) } }

    /// Writes a file whose folder is there, from any thread. Nobody sees a part of it.
    func put(_ data: Data, at file: String) throws {
        if isHidden {
            try FileSystem.write(data, to: target(file))
        } else {
            try AtomicFile.write(data, to: target(file), durability: .view)
        }
    }

    /// Makes the folder in which a file is to lie.
    func makeFolder(of file: String) throws {
        try FileSystem.makeFolder(target(file).removingLastComponent(), below: path)
    }

    /// Moves everything from the hidden folder to where people see it, and removes it.
    /// - Parameter last: the file by which people find the rest.
    func show(in site: SiteFolder, last: String) throws {
        try Self.move(try FileSystem.list(path).filter { $0.string != last && $0.string != Self.lockName }, from: path, to: site.path)
        if FileSystem.exists(target(last)) { try FileSystem.move(target(last), to: site.target(last)) }
        try FileSystem.remove(path)
    }

    private static func move(_ names: [FilePath.Component], from source: FilePath, to target: FilePath) throws {
        for name in names {
            let (from, to) = (source.appending(name), target.appending(name))
            if FileSystem.attributes(of: from)?.kind == .folder, FileSystem.exists(to) {
                try move(try FileSystem.list(from), from: from, to: to)
            } else {
                try FileSystem.move(from, to: to)
            }
        }
    }
}
