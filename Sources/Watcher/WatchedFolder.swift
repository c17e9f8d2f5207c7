import Logging
import SpoolFiles
import SystemPackage

/// One folder that people drop into, with the files in it that are not ready yet.
struct WatchedFolder: Sendable {
    let place: DropPlace
    let path: FilePath
    /// Scanned often, because no events come.
    let isPolled: Bool
    private let timing: SpoolWatcher.Timing
    private let writers: @Sendable (FilePath) -> WriterCheck.Answer
    private var tracker: SettledFileTracker<FilePath>
    /// Files about whose writers nobody can be asked: they must stand still for longer.
    private var slowTracker: SettledFileTracker<FilePath>
    /// Dropped folders: they must stand still as a whole.
    private var folderTracker: SettledFileTracker<FilePath>
    /// Folders in it that are watched themselves.
    private let inner: Set<String>
    private(set) var nextScan = 0.0

    init(
        place: DropPlace, path: FilePath, inner: Set<String>, isPolled: Bool, timing: SpoolWatcher.Timing,
        writers: @escaping @Sendable (FilePath) -> WriterCheck.Answer
    ) {
        self.place = place
        self.path = path
        self.inner = inner
        self.isPolled = isPolled
        self.timing = timing
        self.writers = writers
        tracker = SettledFileTracker(quiet: isPolled ? timing.still : timing.quiet)
        slowTracker = SettledFileTracker(quiet: timing.still)
        folderTracker = SettledFileTracker(quiet: timing.still)
    }

    var nextTime: Double { [nextScan, tracker.nextDue, slowTracker.nextDue, folderTracker.nextDue].compactMap { $0 }.min()! }

    mutating func handle(_ event: DirectoryEvent, at now: Double, into ready: inout [ReadyFile]) {
        switch event {
        case .movedIn(let file):
            guard isDrop(file) else { return }
            tracker.forget(file)
            slowTracker.forget(file)
            if FileSystem.attributes(of: file)?.kind == .folder {
                let seen = FolderLook(file, writers: writers)
                guard seen.writers == .free else { return folderTracker.seen(file, seen.look, at: now) }
                folderTracker.forget(file)
            }
            ready.append(ReadyFile(place: place, path: file))
        case .closedAfterWriting(let file), .appeared(let file):
            guard isDrop(file) else { return }
            if FileSystem.attributes(of: file)?.kind == .folder {
                folderTracker.seen(file, FolderLook(file, writers: writers).look, at: now)
                return
            }
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
                guard isDrop(file), let attributes = FileSystem.attributes(of: file) else { continue }
                if attributes.kind == .folder {
                    folderTracker.seen(file, FolderLook(file, writers: writers).look, at: now)
                    continue
                }
                tracker.seen(file, .init(size: attributes.size, modified: attributes.modified), at: now)
            }
        } catch {
            logger.error("\(error); it is looked at again in \(timing.poll) s")
            nextScan = now + timing.poll
        }
    }

    /// Moves files whose quiet time is over to `ready`, unless somebody still writes them.
    mutating func settle(at now: Double, into ready: inout [ReadyFile]) {
        settleFolders(at: now, into: &ready)
        for (file, look) in tracker.takeDue(at: now) {
            guard let attributes = FileSystem.attributes(of: file) else { continue }
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
            ready.append(ReadyFile(place: place, path: file))
        }
        for (file, look) in slowTracker.takeDue(at: now) {
            guard let attributes = FileSystem.attributes(of: file) else { continue }
            let present = SettledFileTracker<FilePath>.Look(size: attributes.size, modified: attributes.modified)
            if look == present {
                ready.append(ReadyFile(place: place, path: file))
            } else {
                slowTracker.seen(file, present, at: now)
            }
        }
    }

    /// Folders that somebody fills (`cp -r`) are ready when all in them stood still and nobody has a file open for writing.
    private mutating func settleFolders(at now: Double, into ready: inout [ReadyFile]) {
        for (file, look) in folderTracker.takeDue(at: now) {
            let seen = FolderLook(file, writers: writers)
            if look == seen.look, seen.writers != .held {
                if FileSystem.exists(file) { ready.append(ReadyFile(place: place, path: file)) }
            } else {
                folderTracker.seen(file, seen.look, at: now)
            }
        }
    }

    private func isDrop(_ file: FilePath) -> Bool {
        let name = file.lastComponent?.string ?? "."
        return !DropName.isIgnored(name) && !inner.contains(name)
    }
}
