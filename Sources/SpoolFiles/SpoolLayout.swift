import SystemPackage

/// Where everything in a spool lives. No other file spells a folder name.
public struct SpoolLayout: Sendable, Hashable {
    public let root: FilePath

    public init(root: FilePath) {
        self.root = root.lexicallyNormalized()
    }

    // MARK: Users write, the daemon takes

    public func control(_ folder: ControlFolder) -> FilePath { root.appending(folder.rawValue) }

    public func control(_ place: DropPlace) -> FilePath {
        place.preset.map { control(place.folder).appending($0) } ?? control(place.folder)
    }

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

    /// The folder of one claimed drop. Where it was dropped is part of the name, so that a restart knows what was asked.
    public func claim(_ dropID: String, from place: DropPlace) -> FilePath {
        claimed.appending("\(dropID).\(place.folder.rawValue)\(place.preset.map { ".\($0)" } ?? "")")
    }

    /// Reads back the name that `claim(_:from:)` makes.
    public static func parseClaim(_ name: FilePath.Component) -> (dropID: String, place: DropPlace)? {
        let parts = name.string.split(separator: ".")
        guard (2...3).contains(parts.count), SortableID.isValid(parts[0]), let folder = ControlFolder(rawValue: String(parts[1]))
        else { return nil }
        return (String(parts[0]), DropPlace(folder, preset: parts.count == 3 ? String(parts[2]) : nil))
    }

    public var accepted: FilePath { root.appending("accepted") }

    public func accepted(_ dropID: String, day: String) -> FilePath { accepted.appending(day).appending(dropID) }

    /// Where the receipt of a drop goes when another drop of the same name gets one.
    public func earlierReceipt(of dropID: String, day: String) -> FilePath {
        accepted.appending(day).appending("\(dropID).receipt.json")
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

    /// A soft-deleted bundle, or the folder of a soft-deleted job that has no video.
    public func trashed(_ id: String) -> FilePath { trash.appending(id) }

    /// Where a bundle lies while it is taken apart. Hidden: nobody sees a half of it.
    public func removing(_ id: String) -> FilePath { trash.appending(".\(id).removing") }

    public var results: FilePath { root.appending("results") }
    public var report: FilePath { root.appending("report") }

    // MARK: The daemon's own

    public var own: FilePath { root.appending(".spoolscribe") }
    public var identity: FilePath { own.appending("spool-id") }
    public var lock: FilePath { own.appending("lock") }
    /// By which rules the copies in `results/` were made.
    public var resultsRules: FilePath { own.appending("results.json") }
    public var daemonStatus: FilePath { own.appending("daemon.json") }
    public var database: FilePath { own.appending("jobs.sqlite") }

    /// For the person who opens the spool in a file manager.
    public var readme: FilePath { root.appending("README.txt") }

    /// All folders that a spool has from its first day, control folders apart.
    var folders: [FilePath] {
        [
            root, own, claimed, root.appending("receipts"), root.appending("rejected"), accepted, jobs, videos, trash,
            results, report,
        ]
            + ControlFolder.allCases.flatMap { [receipts($0), rejected($0)] }
            + JobState.allCases.map(stageFolder)
    }
}
