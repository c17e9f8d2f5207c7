import Foundation
import SpoolFiles
import SystemPackage

/// Writes pages, but only those that are not there yet in the same words.
struct SitePublisher {
    let root: FilePath
    private var folders: Set<String> = []
    /// Hashes of what was written by this process, so that an unchanged page is not read back.
    private var written: [String: Int] = [:]

    init(root: FilePath) { self.root = root }

    /// - Parameter path: relative to the report, such as `videos/web-0123.html`.
    mutating func publish(_ data: Data, at path: String) throws {
        // All bytes: the hash that Foundation's Data gives of itself looks at the first few only.
        var hasher = Hasher()
        data.withUnsafeBytes { hasher.combine(bytes: $0) }
        let digest = hasher.finalize()
        if written[path] == digest { return }
        let target = path.split(separator: "/").reduce(root) { $0.appending(String($1)) }
        let folder = target.removingLastComponent()
        if folders.insert(folder.string).inserted { try FileSystem.makeFolder(folder, below: root) }
        let isThere = FileSystem.attributes(of: target)?.size == Int64(data.count) && (try? FileSystem.read(target)) == data
        if !isThere { try AtomicFile.write(data, to: target, durability: .view) }
        written[path] = digest
    }

    /// Removes pages of a folder that are no longer made.
    /// - Parameters:
    ///   - folder: relative to the report; empty for its root.
    ///   - isOne: which pages these are, where the folder has others too.
    mutating func prune(_ folder: String, keeping names: Set<String>, where isOne: (String) -> Bool = { _ in true }) throws {
        let path = folder.isEmpty ? root : root.appending(folder)
        for name in try FileSystem.list(path) where name.string.hasSuffix(".html") && !names.contains(name.string) && isOne(name.string) {
            try FileSystem.remove(path.appending(name))
            written[folder.isEmpty ? name.string : "\(folder)/\(name.string)"] = nil
        }
    }
}
