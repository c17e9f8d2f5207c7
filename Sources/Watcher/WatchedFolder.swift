import Logging
import SpoolFiles
import SystemPackage

/// One control folder with the files in it that are not ready yet.
struct WatchedFolder: Sendable {
    let folder: ControlFolder
    let path: FilePath
    /// Scanned often, because no events come.
    let isPolled: Bool
    private let timing: SpoolWatcher.Timing
    private let writers: @Sendable (FilePath) -> WriterCheck.Answer
    private var tracker: SettledFileTracker<FilePath>
    /// Files about whose writers nobody can be asked: they must stand still for longer.
    private var slowTracker: SettledFileTracker<FilePath>
    /// Folders that were handed over.
    private var announced: Set<FilePath> = []
    private(set) var nextScan = 0.0

    init(
        folder: ControlFolder, path: FilePath, isPolled: Bool, timing: SpoolWatcher.Timing,
        writers: @escaping @Sendable (FilePath) -> WriterCheck.Answer
    ) {
        self.folder = folder
        self.path = path
        self.isPolled = isPolled
        self.timing = timing
        self.writers = writers
        tracker = SettledFileTracker(quiet: isPolled ? timing.still : timing.quiet)
        slowTracker = SettledFileTracker(quiet: timing.still)
    }

    var nextTime: Double { [nextScan, tracker.nextDue, slowTracker.nextDue].compactMap { $0 }.min()! }

    mutating func handle(_ event: DirectoryEvent, at now: Double, into ready: inout [ReadyFile]) {
        switch event {
        case .movedIn(let file):
            guard Self.isDrop(file) else { return }
            tracker.forget(file)
            slowTracker.forget(file)
            if FileSystem.attributes(of: file)?.kind == .folder {
                announce(file, into: &ready)
            } else {
                ready.append(ReadyFile(folder: folder, path: file))
            }
        case .closedAfterWriting(let file), .appeared(let file):
            guard Self.isDrop(file) else { return }
            slowTracker.forget(file)
            tracker.touched(file, at: now)
        case .scanNeeded: nextScan = now
        case .folderGone: break
        }
    }

    /// Looks at every file in the folder, to the end.
    mutating func scan(at now: Double, _ timing: SpoolWatcher.Timing, _ logger: Logger) {
        nextScan = now + (isPolled ? timing.poll : timing.scan)
        do {
            for name in try FileSystem.list(path) {
                let file = path.appending(name)
                guard Self.isDrop(file), let attributes = FileSystem.attributes(of: file) else { continue }
                tracker.seen(file, .init(size: attributes.size, modified: attributes.modified), at: now)
            }
        } catch {
            logger.error("\(error); it is looked at again in \(timing.poll) s")
            nextScan = now + timing.poll
        }
    }

    /// Moves files whose quiet time is over to `ready`, unless somebody still writes them.
    mutating func settle(at now: Double, into ready: inout [ReadyFile]) {
        for (file, look) in tracker.takeDue(at: now) {
            guard let attributes = FileSystem.attributes(of: file) else { continue }
            if attributes.kind == .folder {
                announce(file, into: &ready)
                continue
            }
            let present = SettledFileTracker<FilePath>.Look(size: attributes.size, modified: attributes.modified)
            if attributes.kind == .file {
                if isPolled {
                    // It was written after the last scan: its time begins again.
                    guard look == present else {
                        tracker.seen(file, present, at: now)
                        continue
                    }
                } else {
                    switch writers(file) {
                    case .free: break
                    case .held:
                        // Its close is an event of its own; should that be lost, the next scan brings it back.
                        continue
                    case .unknown:
                        slowTracker.seen(file, present, at: now)
                        continue
                    }
                }
            }
            ready.append(ReadyFile(folder: folder, path: file))
        }
        for (file, look) in slowTracker.takeDue(at: now) {
            guard let attributes = FileSystem.attributes(of: file) else { continue }
            let present = SettledFileTracker<FilePath>.Look(size: attributes.size, modified: attributes.modified)
            if look == present {
                ready.append(ReadyFile(folder: folder, path: file))
            } else {
                slowTracker.seen(file, present, at: now)
            }
        }
    }

    /// Hands a folder over once, so that whoever dropped it gets an answer.
    private mutating func announce(_ file: FilePath, into ready: inout [ReadyFile]) {
        if announced.insert(file).inserted { ready.append(ReadyFile(folder: folder, path: file)) }
    }

    private static func isDrop(_ file: FilePath) -> Bool {
        !DropName.isIgnored(file.lastComponent?.string ?? ".")
    }
}
