import CLinux
import Foundation
import Pipeline
import SpoolFiles
import SystemPackage
import Yams

#if canImport(Glibc)
    import Glibc
#endif

/// Which settings file counts, and whether it may be trusted.
enum SettingsFile {
    /// The file to read, or `nil` if there is none.
    /// - Parameter named: from `--config` or `SPOOLSCRIBE_CONFIG`; it must be there.
    static func find(named: String?, spool: FilePath) throws(CommandError) -> FilePath? {
        if let named {
            let path = FilePath(named)
            guard FileSystem.exists(path) else {
                throw .failed("there is no settings file \(named)", hint: "Check --config, or SPOOLSCRIBE_CONFIG")
            }
            try check(path, spool)
            return path
        }
        let environment = ProcessInfo.processInfo.environment
        let own = environment["XDG_CONFIG_HOME"] ?? environment["HOME"].map { "\($0)/.config" }
        let candidates = ["/etc/spoolscribe/spoolscribe.yaml"] + (own.map { ["\($0)/spoolscribe/spoolscribe.yaml"] } ?? [])
        for path in candidates.map({ FilePath($0) }) where FileSystem.exists(path) {
            try check(path, spool)
            return path
        }
        return nil
    }

    /// Users write in the spool; settings decide what programs run. So the file must be out of their hands.
    private static func check(_ path: FilePath, _ spool: FilePath) throws(CommandError) {
        let real = realPath(path)
        guard !real.starts(with: realPath(spool)) else {
            throw .refused(
                "the settings file \(path.string) lies in the spool, where users write",
                hint: "Move it to /etc/spoolscribe/spoolscribe.yaml")
        }
        var info = stat()
        guard stat(path.string, &info) == 0 else { throw .failed("the settings file \(path.string) cannot be read") }
        guard info.st_mode & 0o022 == 0 else {
            throw .refused("others than its owner may write the settings file \(path.string)", hint: "chmod go-w \(path.string)")
        }
        guard info.st_uid == getuid() || info.st_uid == 0 else {
            throw .refused(
                "the settings file \(path.string) belongs to another user", hint: "It must belong to the user of the daemon or to root")
        }
    }

    private static func realPath(_ path: FilePath) -> FilePath {
        guard let real = realpath(path.string, nil) else { return path.lexicallyNormalized() }
        defer { free(real) }
        return FilePath(String(cString: real))
    }

    /// The presets in a settings file.
    static func presets(in path: FilePath) throws(CommandError) -> [String: JobSpec] {
        let text: String
        do {
            text = String(decoding: try FileSystem.read(path, limit: 1 << 20), as: UTF8.self)
        } catch {
            throw .failed(error.description)
        }
        do {
            return try Presets.read(yaml: text)
        } catch {
            throw .failed("\(path.string): \(error.reason)", hint: error.hint)
        }
    }

    /// The keys in a settings file, with dots between the levels.
    static func keys(in path: FilePath) throws(CommandError) -> [String] {
        do {
            let text = String(decoding: try FileSystem.read(path, limit: 1 << 20), as: UTF8.self)
            guard let root = try compose(yaml: text) else { return [] }
            return keys(root, prefix: "")
        } catch {
            throw .failed("the settings file \(path.string) is not YAML: \(error)", hint: "spoolscribe settings prints an example")
        }
    }

    private static func keys(_ node: Node, prefix: String) -> [String] {
        // A section in which everything is commented out.
        if node.null != nil { return [] }
        guard case .mapping(let mapping) = node else { return [prefix] }
        return mapping.flatMap { key, value in keys(value, prefix: prefix.isEmpty ? key.string ?? "?" : "\(prefix).\(key.string ?? "?")") }
    }
}
