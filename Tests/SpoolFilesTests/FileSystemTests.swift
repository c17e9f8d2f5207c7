import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

struct FileSystemTests {
    @Test func onlyOneOfTwoMoversWins() throws {
        let folder = try TemporaryFolder()
        let source = try folder.write("x", to: "drop")
        #expect(try FileSystem.moveIfAbsent(source, to: folder.path.appending("mine")))
        #expect(try !FileSystem.moveIfAbsent(source, to: folder.path.appending("yours")))
        try folder.write("y", to: "drop")
        #expect(try !FileSystem.moveIfAbsent(source, to: folder.path.appending("mine")))
        #expect(try FileSystem.read(folder.path.appending("mine")) == Data("x".utf8))
    }

    @Test func linksAndFIFOsAreNotRead() throws {
        let folder = try TemporaryFolder()
        try folder.write("secret", to: "target")
        try FileManager.default.createSymbolicLink(atPath: folder.path.appending("link").string, withDestinationPath: "target")
        #expect(mkfifo(folder.path.appending("fifo").string, 0o600) == 0)
        #expect(throws: SpoolError.self) { try FileSystem.read(folder.path.appending("link")) }
        #expect(throws: SpoolError.self) { try FileSystem.read(folder.path.appending("fifo")) }
    }

    @Test func tooLargeIsAnErrorWithBothNumbers() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("12345", to: "file")
        let error = #expect(throws: SpoolError.self) { try FileSystem.read(path, limit: 4) }
        #expect(error?.description.contains("5 bytes, more than the 4") == true)
    }

    @Test func removeTakesAFolderWithAllInItButFollowsNoLink() throws {
        let folder = try TemporaryFolder()
        try folder.write("keep", to: "keep")
        let tree = folder.path.appending("tree")
        try FileSystem.makeFolder(tree.appending("deep"), below: folder.path)
        try FileManager.default.createSymbolicLink(
            atPath: tree.appending("deep").appending("link").string, withDestinationPath: folder.path.string)
        try FileSystem.remove(tree)
        #expect(try FileSystem.list(folder.path).map(\.string) == ["keep"])
    }

    @Test func aTreeDeeperThanPathsMayBeIsRemoved() throws {
        let folder = try TemporaryFolder()
        // By steps: no path leads to the bottom of it.
        try FileSystem.makeFolder(folder.path.appending("tree"))
        var bottom = try FileDescriptor.open(folder.path.appending("tree"), .readOnly, options: .directory)
        for _ in 0..<3000 {
            #expect(mkdirat(bottom.rawValue, "deep", 0o700) == 0)
            let next = FileDescriptor(rawValue: openat(bottom.rawValue, "deep", O_RDONLY | O_DIRECTORY))
            try bottom.close()
            bottom = next
        }
        try bottom.close()
        try FileSystem.remove(folder.path.appending("tree"))
        #expect(try FileSystem.list(folder.path).isEmpty)
    }

    @Test func noLinkOnTheWayInsideIsFollowed() throws {
        let folder = try TemporaryFolder()
        try folder.write("secret", to: "secret/talk.txt")
        try folder.write("mine", to: "drop/a/talk.txt")
        let drop = folder.path.appending("drop")
        func read() throws -> Data { try FileSystem.inside(["a"], of: drop) { try FileSystem.read($0.appending("talk.txt")) } }
        #expect(try read() == Data("mine".utf8))
        let swapped = try FileSystem.inside(["a"], of: drop) { inside in
            try FileSystem.remove(drop.appending("a"))
            try FileManager.default.createSymbolicLink(atPath: drop.appending("a").string, withDestinationPath: "../secret")
            return try FileSystem.list(inside)
        }
        #expect(swapped.isEmpty)
        #expect(throws: Errno.self) { try read() }
        let link = drop.appending("link")
        try FileManager.default.createSymbolicLink(atPath: link.string, withDestinationPath: "../secret/talk.txt")
        #expect(throws: SpoolError.self) { try FileSystem.linkOrCopy(link, to: folder.path.appending("copy")) }
        #expect(!FileSystem.exists(folder.path.appending("copy")))
    }

    @Test func aReplacedFolderIsTheOldOrTheNewOne() async throws {
        let folder = try TemporaryFolder()
        let target = folder.path.appending("bundle")
        func make(_ text: String) throws -> FilePath {
            let new = folder.path.appending("new")
            try FileSystem.makeFolder(new)
            for name in ["a", "b"] { try AtomicFile.write(Data(text.utf8), to: new.appending(name), durability: .view) }
            return new
        }
        try FileSystem.replaceFolder(target, with: try make("0"), setAside: folder.path.appending("old"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...50 {
                    try FileSystem.replaceFolder(target, with: try make("\(number)"), setAside: folder.path.appending("old"))
                }
            }
            for _ in 0..<500 { #expect(FileSystem.exists(target)) }
            try await group.waitForAll()
        }
        #expect(try FileSystem.read(target.appending("a")) == Data("50".utf8))
        #expect(try FileSystem.list(folder.path).map(\.string) == ["bundle"])
    }
}
