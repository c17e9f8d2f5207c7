import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

struct AtomicFileTests {
    @Test func readersNeverSeeAPart() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("status.json")
        let texts = ["a", "b"].map { Data(String(repeating: $0, count: 200_000).utf8) }
        try AtomicFile.write(texts[0], to: path, durability: .view)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 0..<300 { try AtomicFile.write(texts[number % 2], to: path, durability: .view) }
            }
            for _ in 0..<300 {
                let seen = try FileSystem.read(path)
                #expect(texts.contains(seen))
            }
            try await group.waitForAll()
        }
        #expect(try FileSystem.list(folder.path).count == 1)
    }

    @Test func aFailedWriteLeavesTheOldTextAndNoTemporaryFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("target")
        try FileSystem.makeFolder(path.appending("occupied"), below: folder.path)
        #expect(throws: SpoolError.self) { try AtomicFile.write(Data("x".utf8), to: path) }
        #expect(try FileSystem.list(folder.path).map(\.string) == ["target"])
    }

    @Test func errorsSayWhatAndWhereAndWhatToDo() throws {
        let error = #expect(throws: SpoolError.self) { try AtomicFile.write(Data(), to: FilePath("/proc/none/x")) }
        #expect(error?.description.contains("could not write /proc/none/x") == true)
        #expect(SpoolError("write", FilePath("/a"), errno: .noSpace).description.contains("Free some disk space"))
    }
}
