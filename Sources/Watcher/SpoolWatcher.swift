import Logging
import ServiceLifecycle
import SpoolFiles
import Synchronization
import SystemPackage

/// Finds dropped files that are ready to be taken, and hands them over in batches.
///
/// Events are hints; the folders are the truth. They are scanned once watching has begun, when events were lost, and on a timer.
/// A file that was handed over and is still there at the next scan is handed over again: none is ever forgotten.
public struct SpoolWatcher: Service {
    /// How long to wait for what, in seconds.
    public struct Timing: Sendable, Hashable {
        /// Quiet after the last write, where inotify sees.
        public var quiet = 0.2
        /// Standing still, where only scans see, or where nobody can be asked who writes.
        public var still = 5.0
        /// Between scans where inotify sees.
        public var scan = 60.0
        /// Between scans where it does not.
        public var poll = 2.0

        public init() {}
    }

    /// How a folder is watched.
    public enum Mode: String, Sendable, CaseIterable { case auto, inotify, poll }

    let layout: SpoolLayout
    let presets: [String]
    let mode: Mode
    let timing: Timing
    let events: any DirectoryEvents
    let writers: @Sendable (FilePath) -> WriterCheck.Answer
    let isPresent: @Sendable () -> Bool
    let take: @Sendable ([ReadyFile]) async -> Void
    let logger: Logger

    /// - Parameters:
    ///   - presets: names of the folders in `incoming/` that are watched as well.
    ///   - isPresent: `false` while the spool is away (an unmounted share); nothing is taken then.
    ///   - writers: tells whether somebody has a file open for writing.
    ///   - take: called with files that are ready, one batch at a time; and with none after each full look, for what could
    ///     not be taken earlier.
    public init(
        layout: SpoolLayout, presets: [String] = [], mode: Mode = .auto, timing: Timing = Timing(),
        events: any DirectoryEvents = InotifyEvents.shared,
        writers: @escaping @Sendable (FilePath) -> WriterCheck.Answer = WriterCheck.ask, logger: Logger,
        isPresent: @escaping @Sendable () -> Bool, take: @escaping @Sendable ([ReadyFile]) async -> Void
    ) {
        self.layout = layout
        self.presets = presets
        self.mode = mode
        self.timing = timing
        self.events = events
        self.writers = writers
        self.logger = logger
        self.isPresent = isPresent
        self.take = take
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            let inbox = Inbox()
            while !Task.isCancelled {
                await waitUntilPresent(inbox)
                if Task.isCancelled { break }
                await watchWhilePresent(inbox)
            }
        }
    }

    private func waitUntilPresent(_ inbox: Inbox) async {
        guard !isPresent() else { return }
        logger.error("the spool is away; nothing is taken until it is back", metadata: ["spool": "\(layout.root)"])
        while !isPresent(), !Task.isCancelled { await inbox.bell.wait(until: .now + .seconds(timing.poll)) }
        if !Task.isCancelled { logger.notice("the spool is back", metadata: ["spool": "\(layout.root)"]) }
    }

    private func watchWhilePresent(_ inbox: Inbox) async {
        var folders = watchAll(inbox)
        defer { events.unwatch(folders.filter { !$0.isPolled }.map(\.path)) }
        let start = ContinuousClock.now
        func seconds() -> Double { (ContinuousClock.now - start) / .seconds(1) }

        while !Task.isCancelled {
            guard isPresent() else { return }
            var ready: [ReadyFile] = []
            var hasScanned = false
            for event in inbox.empty() {
                guard let index = folders.firstIndex(where: { $0.path == event.folder }) else { continue }
                if case .folderGone = event { return }
                folders[index].handle(event, at: seconds(), into: &ready)
            }
            for index in folders.indices {
                if folders[index].nextScan <= seconds() {
                    folders[index].scan(at: seconds(), timing, logger)
                    hasScanned = true
                }
                folders[index].settle(at: seconds(), into: &ready)
            }
            if hasScanned || !ready.isEmpty { await take(ready) }
            if !ready.isEmpty { continue }
            let next = folders.map(\.nextTime).min() ?? seconds() + timing.scan
            await inbox.bell.wait(until: start + .seconds(next))
        }
    }

    /// Watches every control folder; the first scan of each is due at once, and so comes after watching has begun.
    private func watchAll(_ inbox: Inbox) -> [WatchedFolder] {
        let places = ControlFolder.allCases.map { DropPlace($0) } + presets.map { DropPlace(.incoming, preset: $0) }
        return places.map { place in
            let path = layout.control(place)
            var isPolled = mode == .poll
            if mode == .auto, let kind = try? MountKind(of: path), kind.isRemote { isPolled = true }
            if !isPolled {
                do {
                    try events.watch([path], deliver: inbox.put)
                } catch {
                    logger.warning("\(error); it is scanned every \(timing.poll) s instead")
                    isPolled = true
                }
            }
            let inner = Set(place == DropPlace(.incoming) ? presets : [])
            return WatchedFolder(place: place, path: path, inner: inner, isPolled: isPolled, timing: timing, writers: writers)
        }
    }
}

extension DirectoryEvent {
    /// The watched folder that the event tells of.
    var folder: FilePath {
        switch self {
        case .movedIn(let path), .closedAfterWriting(let path), .appeared(let path): path.removingLastComponent()
        case .scanNeeded(let folder), .folderGone(let folder): folder
        }
    }
}

/// Where events lie until the watcher looks.
private final class Inbox: Sendable {
    let bell = Doorbell()
    private let events = Mutex<[DirectoryEvent]>([])

    @Sendable func put(_ new: [DirectoryEvent]) {
        events.withLock { $0.append(contentsOf: new) }
        bell.ring()
    }

    func empty() -> [DirectoryEvent] {
        events.withLock { events in
            defer { events = [] }
            return events
        }
    }
}
