import SystemPackage

/// Where everything in a spool lives. No other file spells a folder name.
public struct SpoolLayout: Sendable, Hashable {
    public let root: FilePath

    public init(root: FilePath) {
        self.root = root.lexicallyNormalized()
    }

    // MARK: Users write, the daemon takes

    public func control(_ folder: ControlFolder) -> FilePath { root.appending(folder.rawValue) }

    // MARK: Answers

    public func receipts(_ folder: ControlFolder) -> FilePath { root.appending("receipts").appending(folder.rawValue) }

    public func receipt(for name: String, in folder: ControlFolder) -> FilePath {
        receipts(folder).appending(DropName.fitting(name, suffix: ".json"))
    }

    public func rejected(_ folder: ControlFolder) -> FilePath { root.appending("rejected").appending(folder.rawValue) }

    public func rejectionReason(for name: String, in folder: ControlFolder) -> FilePath {
        rejected(folder).appending(DropName.fitting(name, suffix: ".reason.json"))
    }

    // MARK: Drops after they were taken

    public var claimed: FilePath { root.appending("claimed") }

    /// The folder of one claimed drop. The control folder is part of the name, so that a restart knows what was asked.
    public func claim(_ dropID: String, from folder: ControlFolder) -> FilePath {
        claimed.appending("\(dropID).\(folder.rawValue)")
    }

    /// Reads back the name that `claim(_:from:)` makes.
    public static func parseClaim(_ name: FilePath.Component) -> (dropID: String, folder: ControlFolder)? {
        let parts = name.string.split(separator: ".")
        guard parts.count == 2, SortableID.isValid(parts[0]), let folder = ControlFolder(rawValue: String(parts[1]))
        else { return nil }
        return (String(parts[0]), folder)
    }

    public func accepted(_ dropID: String, day: String) -> FilePath {
        root.appending("accepted").appending(day).appending(dropID)
    }

    // MARK: Jobs

    public var jobs: FilePath { root.appending("jobs") }

    public func stageFolder(_ state: JobState) -> FilePath { jobs.appending(state.rawValue) }

    /// The folder of a job in a state; `endedOn` is the day on which an ended job ended.
    public func job(_ jobID: String, in state: JobState, endedOn day: String?) -> FilePath {
        let folder = stageFolder(state)
        guard state.hasEnded, let day else { return folder.appending(jobID) }
        return folder.appending(day).appending(jobID)
    }

    public static let sidecarName = "status.json"

    // MARK: Results

    public var videos: FilePath { root.appending("videos") }

    public func bundle(_ videoID: String) -> FilePath { videos.appending(videoID) }

    /// Where a bundle is put together before it is moved in. Hidden, and on the same file system.
    public func bundleStaging(_ jobID: String) -> FilePath { videos.appending(".\(jobID).new") }

    /// Where the bundle that a new one replaces waits for its removal.
    public func bundleReplaced(_ jobID: String) -> FilePath { videos.appending(".\(jobID).old") }

    public var trash: FilePath { root.appending("trash") }
    public var results: FilePath { root.appending("results") }
    public var report: FilePath { root.appending("report") }

    // MARK: The daemon's own

    public var own: FilePath { root.appending(".spoolscribe") }
    public var identity: FilePath { own.appending("spool-id") }
    public var lock: FilePath { own.appending("lock") }
    public var database: FilePath { own.appending("jobs.sqlite") }

    /// All folders that a spool has from its first day, control folders apart.
    var folders: [FilePath] {
        [
            root, own, claimed, root.appending("receipts"), root.appending("rejected"), root.appending("accepted"), jobs, videos, trash,
            results, report,
        ]
            + ControlFolder.allCases.flatMap { [receipts($0), rejected($0)] }
            + JobState.allCases.map(stageFolder)
    }
}
