import Foundation
import Testing

/// Data flows one way; so do imports.
struct ImportTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Which of our modules each of our modules may import.
    private static let allowed: [String: Set<String>] = [
        "SpoolFiles": ["CLinux"],
        "Watcher": ["CInotifyTools", "CLinux", "SpoolFiles"],
        "Jobs": ["SpoolFiles"],
        "Pipeline": ["Watcher", "Jobs", "SpoolFiles", "CCurl", "CFFmpeg", "CLinux", "CZlib"],
        "Report": ["Jobs", "SpoolFiles"],
        "spoolscribe": ["Watcher", "Jobs", "SpoolFiles", "Pipeline", "Report", "CLinux"],
    ]
    private static let ours = Set(allowed.keys).union(["CInotifyTools", "CCurl", "CFFmpeg", "CLinux", "CZlib"])

    @Test(arguments: allowed.keys.sorted())
    func importsPointOneWay(module: String) throws {
        let imported = try Self.imports(of: module).intersection(Self.ours)
        #expect(imported.isSubset(of: Self.allowed[module]!), "\(module) imports \(imported.subtracting(Self.allowed[module]!))")
    }

    @Test(arguments: allowed.keys.sorted())
    func theManifestNamesWhatIsAllowed(module: String) throws {
        let manifest = try String(contentsOf: Self.root.appendingPathComponent("Package.swift"), encoding: .utf8)
        let start = try #require(manifest.range(of: "name: \"\(module)\",\n            dependencies: ["))
        let list = manifest[start.upperBound...].prefix { $0 != "]" }
        let named = Set(list.split(separator: "\"").map { String($0) }).intersection(Self.ours)
        #expect(named == Self.allowed[module])
    }

    @Test func sqlStaysBehindTheStore() throws {
        for (file, text) in try Self.sources() where text.contains("import GRDB") {
            #expect(file.hasPrefix("Jobs/SQLite") || ["Jobs/JobSchema.swift", "Jobs/JobRow.swift"].contains(file), "\(file) imports GRDB")
        }
    }

    @Test func onlyTheLayoutSpellsFolderNames() throws {
        for (file, text) in try Self.sources() where file != "SpoolFiles/SpoolLayout.swift" {
            for name in ["claimed", "accepted", "rejected", "receipts"] {
                #expect(!text.contains("appending(\"\(name)\")"), "\(file) spells the folder \(name)")
            }
        }
    }

    @Test func onlyOneFileKnowsInotify() throws {
        let files = try Self.sources().filter { $0.text.contains("import CInotifyTools") }.map(\.file)
        #expect(files == ["Watcher/InotifyEvents.swift"])
    }

    @Test func noFileIsTooLong() throws {
        for (file, text) in try Self.sources() {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 400, "\(file) has \(lines) lines")
        }
    }

    private static func sources() throws -> [(file: String, text: String)] {
        let folder = root.appendingPathComponent("Sources")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
        #expect(files.count > 50)
        return try files.map { ($0, try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)) }
    }

    private static func imports(of module: String) throws -> Set<String> {
        var found: Set<String> = []
        for (file, text) in try sources() where file.hasPrefix("\(module)/") {
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                if let index = words.firstIndex(of: "import"), index + 1 < words.count { found.insert(String(words[index + 1])) }
            }
        }
        return found
    }
}
