import CInotifyTools
import SystemPackage
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Hints from the kernel, through libinotifytools.
///
/// The library keeps one inotify instance and its tables in global variables without locks. So one thread of ours owns it:
/// it sleeps in the library's own blocking read, and whoever wants a watch added or removed leaves the wish in a list and
/// wakes the thread by writing to a nameless file that the thread watches as well. Nothing wakes up while nothing happens.
public final class InotifyEvents: DirectoryEvents {
    /// The one instance of the process.
    public static let shared = InotifyEvents()

    private enum Wish: Sendable {
        case watch(FilePath, deliver: @Sendable ([DirectoryEvent]) -> Void, done: @Sendable (WatcherError?) -> Void)
        case unwatch(FilePath, done: @Sendable () -> Void)
    }

    private struct State {
        var wishes: [Wish] = []
        /// `nil` before the thread was started; then the outcome of the start.
        var wake: Result<FileDescriptor, WatcherError>?
    }

    private let state = Mutex(State())
    private let temporaryFolder: String

    private init() {
        temporaryFolder = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }

    public func watch(_ folders: [FilePath], deliver: @escaping @Sendable ([DirectoryEvent]) -> Void) throws(WatcherError) {
        for folder in folders {
            let answer = Answer<WatcherError?>()
            try wish(.watch(folder, deliver: deliver, done: answer.give), about: folder)
            if let error = answer.wait() { throw error }
        }
    }

    public func unwatch(_ folders: [FilePath]) {
        for folder in folders {
            let answer = Answer<Void>()
            // Without a running thread nothing is watched.
            guard (try? wish(.unwatch(folder, done: { answer.give(()) }), about: folder)) != nil else { return }
            answer.wait()
        }
    }

    private func wish(_ wish: Wish, about folder: FilePath) throws(WatcherError) {
        let wake = state.withLock { state in
            if state.wake == nil { state.wake = Result { () throws(WatcherError) in try self.start(for: folder) } }
            if case .success = state.wake { state.wishes.append(wish) }
            return state.wake!
        }
        let file = try wake.get()
        do {
            try file.writeAll(toAbsoluteOffset: 0, [1])
        } catch {
            state.withLock { $0.wishes = [] }
            throw WatcherError(
                folder: folder, reason: "no room in \(temporaryFolder) to wake the watching thread: \(error)",
                hint: "Free some space in \(temporaryFolder), or set TMPDIR")
        }
    }

    /// Makes the wake-up file and starts the thread.
    private func start(for folder: FilePath) throws(WatcherError) -> FileDescriptor {
        guard inotifytools_initialize() != 0 else {
            throw WatcherError(
                folder: folder, reason: "inotify: \(Errno(rawValue: inotifytools_error()))",
                hint: "Raise fs.inotify.max_user_instances, or set spool.watch to poll")
        }
        var name = Array("\(temporaryFolder)/spoolscribe-wake-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else {
            throw WatcherError(
                folder: folder, reason: "no temporary file in \(temporaryFolder): \(Errno(rawValue: errno))",
                hint: "Make \(temporaryFolder) writable, or set TMPDIR")
        }
        unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        guard inotifytools_watch_file("/proc/self/fd/\(descriptor)", Int32(IN_MODIFY)) != 0 else {
            throw WatcherError(
                folder: folder, reason: "inotify: \(Errno(rawValue: inotifytools_error()))",
                hint: "Raise fs.inotify.max_user_watches, or set spool.watch to poll")
        }
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { _ in InotifyEvents.shared.run() }, nil)
        guard code == 0 else {
            throw WatcherError(folder: folder, reason: "no thread: \(Errno(rawValue: code))", hint: "Raise the limit on processes")
        }
        pthread_detach(thread)
        return FileDescriptor(rawValue: descriptor)
    }

    private static let mask =
        Int32(IN_MOVED_TO) | Int32(IN_CLOSE_WRITE) | Int32(IN_CREATE) | Int32(IN_DELETE_SELF)
        | Int32(IN_MOVE_SELF) | Int32(IN_ONLYDIR)

    /// The thread's body: the only code that calls the library once the thread runs.
    private func run() -> UnsafeMutableRawPointer? {
        var watches: [Int32: (folder: FilePath, deliver: @Sendable ([DirectoryEvent]) -> Void)] = [:]
        while true {
            // 0 means: for ever.
            guard let pointer = inotifytools_next_event(0) else {
                // A watch that went away while its last events were read: nothing to tell.
                continue
            }
            let event = pointer.pointee
            if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
                for watch in watches.values { watch.deliver([.scanNeeded(watch.folder)]) }
                continue
            }
            guard let watch = watches[event.wd] else {
                if event.mask & UInt32(IN_MODIFY) != 0 { grantWishes(&watches) }
                continue
            }
            // Byte for byte: names on a disk need not be UTF-8. Events of the folder itself carry none.
            let name = FilePath.Component(platformString: inotify_event_name(pointer))
            let path = name.map { watch.folder.appending($0) } ?? watch.folder
            switch Int32(bitPattern: event.mask) {
            case let mask where mask & (Int32(IN_IGNORED) | Int32(IN_DELETE_SELF) | Int32(IN_MOVE_SELF) | Int32(IN_UNMOUNT)) != 0:
                watches[event.wd] = nil
                if mask & Int32(IN_IGNORED) == 0 { inotifytools_remove_watch_by_wd(event.wd) }
                watch.deliver([.folderGone(watch.folder)])
            case let mask where mask & Int32(IN_MOVED_TO) != 0: watch.deliver([.movedIn(path)])
            case let mask where mask & Int32(IN_CLOSE_WRITE) != 0: watch.deliver([.closedAfterWriting(path)])
            default: watch.deliver([.appeared(path)])
            }
        }
    }

    private func grantWishes(_ watches: inout [Int32: (folder: FilePath, deliver: @Sendable ([DirectoryEvent]) -> Void)]) {
        let wishes = state.withLock { state in
            defer { state.wishes = [] }
            return state.wishes
        }
        for wish in wishes {
            switch wish {
            case .watch(let folder, let deliver, let done):
                guard inotifytools_watch_file(folder.string, Self.mask) != 0 else {
                    let reason = Errno(rawValue: inotifytools_error())
                    done(
                        WatcherError(
                            folder: folder, reason: "inotify: \(reason)",
                            hint: reason == .noSpace
                                ? "Raise fs.inotify.max_user_watches, or set spool.watch to poll"
                                : "Check that the folder is there and that the daemon may read it"))
                    continue
                }
                // The library keeps names of folders with a slash at the end.
                var number = inotifytools_wd_from_filename(folder.string)
                if number < 0 { number = inotifytools_wd_from_filename(folder.string + "/") }
                watches[number] = (folder, deliver)
                done(nil)
            case .unwatch(let folder, let done):
                for (number, watch) in watches where watch.folder == folder {
                    watches[number] = nil
                    inotifytools_remove_watch_by_wd(number)
                }
                done()
            }
        }
    }
}

/// One value handed from the inotify thread to the caller that waits for it, for the microseconds of a system call.
private final class Answer<Value: Sendable>: @unchecked Sendable {
    // Safe: written once before the semaphore is raised, read once after.
    private var value: Value?
    private var semaphore = sem_t()

    init() { sem_init(&semaphore, 0, 0) }
    deinit { sem_destroy(&semaphore) }

    @Sendable func give(_ value: Value) {
        self.value = value
        sem_post(&semaphore)
    }

    func wait() -> Value {
        while sem_wait(&semaphore) != 0 {}
        return value!
    }
}
