import Foundation
import Logging
import SpoolFiles
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Watcher

/// The real inotify, or real scans, on a real folder.
struct SpoolWatcherTests {
    private let folder: TemporaryFolder
    private let layout: SpoolLayout
    private let taken = Taken()
    private let isPresent = Flag(true)

    init() throws {
        folder = try TemporaryFolder()
        layout = SpoolLayout(root: folder.path)
        try Spool(layout: layout).make()
    }

    private func watching(
        _ mode: SpoolWatcher.Mode = .inotify, events: any DirectoryEvents = InotifyEvents.shared,
        writers: @escaping @Sendable (FilePath) -> WriterCheck.Answer = WriterCheck.ask, scan: Double = 3600,
        _ body: () async throws -> Void
    ) async throws {
        var timing = SpoolWatcher.Timing()
        timing.scan = scan
        timing.still = 0.5
        timing.poll = 0.05
        let watcher = SpoolWatcher(
            layout: layout, mode: mode, timing: timing, events: events, writers: writers,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            isPresent: isPresent.read, take: taken.take)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watcher.run() }
            // The watcher watches once it has taken a drop that was there before.
            try folder.write("first", to: "incoming/first.txt")
            try await eventually("the first drop") { taken.names.contains("first.txt") }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func aMovedFileIsTakenAtOnce() async throws {
        try await watching {
            let hidden = try folder.write("x", to: ".hidden")
            try FileSystem.move(hidden, to: folder.path.appending("incoming/moved.url"))
            try await eventually("the drop") { taken.names.contains("moved.url") }
        }
    }

    @Test func aFileIsTakenOnceNobodyWritesItAnyMore() async throws {
        try await watching {
            let path = folder.path.appending("incoming/slow.txt")
            let writer = try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite)
            try writer.writeAll("one\n".utf8)
            // Closing another descriptor of the same file makes an event, but somebody still writes.
            try FileDescriptor.open(path, .writeOnly, options: .append).close()
            try folder.write("x", to: "incoming/other.txt")
            try await eventually("a later drop") { taken.names.contains("other.txt") }
            #expect(!taken.names.contains("slow.txt"))
            try writer.writeAll("two\n".utf8)
            try writer.close()
            try await eventually("the slow drop") { taken.names.contains("slow.txt") }
            #expect(try String(contentsOfFile: folder.path.appending("taken-slow.txt").string, encoding: .utf8) == "one\ntwo\n")
        }
    }

    @Test(arguments: [SpoolWatcher.Mode.inotify, .poll])
    func whereNobodyCanBeAskedAFileMustStandStill(mode: SpoolWatcher.Mode) async throws {
        try await watching(mode, writers: { _ in .unknown }) {
            let writer = SlowWriter(folder.path.appending("incoming/slow.txt"))
            let start = ContinuousClock.now
            // Several times as long as a file must stand still.
            try await eventually("the slow writer to have written for long") { ContinuousClock.now - start > .seconds(1.5) }
            #expect(!taken.names.contains("slow.txt"))
            writer.stop()
            try await eventually("the slow drop") { taken.names.contains("slow.txt") }
            let text = try String(contentsOfFile: folder.path.appending("taken-slow.txt").string, encoding: .utf8)
            #expect(text.split(separator: "\n").count == writer.lines)
        }
    }

    @Test func whoOpensAFileWhileWeAskDoesNotEndUs() throws {
        let path = try folder.write("x", to: "file")
        #expect(WriterCheck.ask(path) == .free)
        // The kernel sends this to the holder of a lease when somebody opens the file.
        #expect(kill(getpid(), SIGIO) == 0)
        #expect(WriterCheck.ask(path) == .free)
    }

    @Test func leftoversAreNeverTaken() async throws {
        try await watching {
            for name in ["film.mp4.part", "~$notes.txt", "Thumbs.db"] { try folder.write("x", to: "incoming/\(name)") }
            try folder.write("x", to: "incoming/after.txt")
            try await eventually("the later drop") { taken.names.contains("after.txt") }
            #expect(Set(taken.names) == ["first.txt", "after.txt"])
        }
    }

    @Test func everyControlFolderIsWatched() async throws {
        try await watching {
            for control in ControlFolder.allCases { try folder.write("x", to: "\(control.rawValue)/\(control.rawValue).txt") }
            try await eventually("all drops") { taken.names.count == ControlFolder.allCases.count + 1 }
        }
    }

    @Test func aThousandFilesAreTakenOnceEachInFewBatches() async throws {
        try await watching {
            for number in 0..<1000 { try folder.write("x", to: "incoming/\(number).txt") }
            try await eventually("all drops") { taken.names.count == 1001 }
            #expect(Set(taken.names).count == 1001)
            #expect(taken.batches < 200)
        }
    }

    @Test func lostEventsAreMadeUpByAScan() async throws {
        let events = ForgetfulEvents()
        try await watching(events: events) {
            events.isForgetful.set(true)
            try folder.write("x", to: "incoming/lost.txt")
            try folder.write("x", to: "incoming/also-lost.txt")
            try await eventually("the events to be lost") { events.lost.value >= 2 }
            events.overflow()
            try await eventually("the lost drops") { Set(taken.names).isSuperset(of: ["lost.txt", "also-lost.txt"]) }
        }
    }

    @Test func theTimerScansEvenWithoutAnOverflow() async throws {
        let events = ForgetfulEvents()
        try await watching(events: events, scan: 0.2) {
            events.isForgetful.set(true)
            try folder.write("x", to: "incoming/lost.txt")
            try await eventually("the lost drop") { taken.names.contains("lost.txt") }
        }
    }

    @Test func pollingFindsWhatStandsStill() async throws {
        try await watching(.poll) {
            try folder.write("x", to: "incoming/polled.txt")
            try await eventually("the drop") { taken.names.contains("polled.txt") }
        }
    }

    @Test func nothingIsTakenWhileTheSpoolIsAway() async throws {
        try await watching(scan: 0.1) {
            isPresent.set(false)
            try folder.write("x", to: "incoming/waiting.txt")
            try await eventually("several looks") { isPresent.reads > 20 }
            #expect(!taken.names.contains("waiting.txt"))
            isPresent.set(true)
            try await eventually("the drop") { taken.names.contains("waiting.txt") }
        }
    }

    @Test func linksAndFIFOsAreHandedOverToBeRefused() async throws {
        try await watching {
            #expect(mkfifo(folder.path.appending("incoming/fifo").string, 0o600) == 0)
            try FileManager.default.createSymbolicLink(
                atPath: folder.path.appending("incoming/link").string, withDestinationPath: "/etc/passwd")
            try await eventually("both") { Set(taken.names).isSuperset(of: ["fifo", "link"]) }
        }
    }
}

/// Takes files away as the intake does, and remembers them.
private final class Taken: Sendable {
    private let state = Mutex<(names: [String], batches: Int)>(([], 0))

    @Sendable func take(_ files: [ReadyFile]) async {
        for file in files {
            let target = file.path.removingLastComponent().removingLastComponent().appending("taken-\(file.name)")
            guard (try? FileSystem.moveIfAbsent(file.path, to: target)) == true else { continue }
            state.withLock { $0.names.append(file.name) }
        }
        state.withLock { $0.batches += 1 }
    }

    var names: [String] { state.withLock { $0.names } }
    var batches: Int { state.withLock { $0.batches } }
}

private final class Flag: Sendable {
    private let state: Mutex<(value: Bool, reads: Int)>

    init(_ value: Bool) { state = Mutex((value, 0)) }

    @Sendable func read() -> Bool {
        state.withLock {
            $0.reads += 1
            return $0.value
        }
    }
    func set(_ value: Bool) { state.withLock { $0 = (value, 0) } }
    var reads: Int { state.withLock { $0.reads } }
}

private final class Tally: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add(_ number: Int) { count.withLock { $0 += number } }
}

/// Adds a line every few milliseconds, on a thread of its own, until it is told to stop.
private final class SlowWriter: Sendable {
    private let state = Mutex((lines: 0, isStopped: false))
    private let end = DispatchSemaphore(value: 0)

    init(_ path: FilePath) {
        Thread.detachNewThread { [self] in
            defer { end.signal() }
            guard let file = try? FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite) else { return }
            while !state.withLock({ $0.isStopped }) {
                guard (try? file.writeAll("line\n".utf8)) != nil else { break }
                state.withLock { $0.lines += 1 }
                usleep(5000)
            }
            try? file.close()
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        end.wait()
    }

    var lines: Int { state.withLock { $0.lines } }
}

/// The real events, of which it can lose some.
private final class ForgetfulEvents: DirectoryEvents {
    let isForgetful = Flag(false)
    let lost = Tally()
    private let watched = Mutex<[(folders: [FilePath], deliver: @Sendable ([DirectoryEvent]) -> Void)]>([])

    func watch(_ folders: [FilePath], deliver: @escaping @Sendable ([DirectoryEvent]) -> Void) throws(WatcherError) {
        watched.withLock { $0.append((folders, deliver)) }
        try InotifyEvents.shared.watch(folders) { [isForgetful, lost] events in
            if isForgetful.read() { lost.add(events.count) } else { deliver(events) }
        }
    }

    func unwatch(_ folders: [FilePath]) { InotifyEvents.shared.unwatch(folders) }

    /// As the kernel says that its queue was full.
    func overflow() {
        for (folders, deliver) in watched.withLock({ $0 }) { deliver(folders.map { .scanNeeded($0) }) }
    }
}
