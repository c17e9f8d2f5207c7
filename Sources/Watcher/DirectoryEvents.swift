import SystemPackage

/// A hint that something happened in a watched folder. The folder itself is the truth.
public enum DirectoryEvent: Sendable, Hashable {
    /// Renamed into the folder: whole from the first moment.
    case movedIn(FilePath)
    /// A writer closed the file.
    case closedAfterWriting(FilePath)
    /// A new name: a file being written, a link, a FIFO.
    case appeared(FilePath)
    /// Look at the whole folder: events were lost, or it is time.
    case scanNeeded(FilePath)
    /// The folder was removed or unmounted; it must be watched anew once it is back.
    case folderGone(FilePath)
}

/// A source of hints about folders.
public protocol DirectoryEvents: Sendable {
    /// Begins to watch folders. When this returns, no later change goes unseen, so a scan after it finds all that was there before.
    /// - Parameter deliver: called from any thread, with all that is known at once.
    /// - Throws: `WatcherError` that names the folder and what to do.
    func watch(_ folders: [FilePath], deliver: @escaping @Sendable ([DirectoryEvent]) -> Void) throws(WatcherError)

    /// Stops watching. No event of the folders is delivered after this returns.
    func unwatch(_ folders: [FilePath])
}
