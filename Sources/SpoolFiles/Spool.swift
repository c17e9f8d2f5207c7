import FoundationEssentials
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// Makes a spool, and tells whether a folder is one.
public struct Spool: Sendable {
    public let layout: SpoolLayout

    public init(layout: SpoolLayout) {
        self.layout = layout
    }

    /// Owner, group and modes of what `make` makes.
    public struct Access: Sendable, Hashable {
        /// A numeric user, or `nil` for the user who runs this.
        public var owner: UInt32?
        /// A numeric group, or `nil` for the group of the user who runs this.
        public var group: UInt32?
        public var controlMode: FilePermissions
        public var folderMode: FilePermissions

        public init(
            owner: UInt32? = nil, group: UInt32? = nil, controlMode: FilePermissions = FolderModes.control,
            folderMode: FilePermissions = FolderModes.daemon
        ) {
            self.owner = owner
            self.group = group
            self.controlMode = controlMode
            self.folderMode = folderMode
        }
    }

    /// The text of the spool's id, or `nil` if this is no spool (perhaps a bare mount point).
    public func identity() -> String? {
        guard let data = try? FileSystem.read(layout.identity, limit: 1024) else { return nil }
        let text = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
        return text.isEmpty ? nil : text
    }

    /// There is nothing at all where the spool should be. An empty folder may be a mount point whose share is away.
    public var isMissing: Bool { !FileSystem.exists(layout.root) }

    /// - Throws: if the spool is away. Nothing must be written then: it would go into the bare mount point.
    public func requirePresence() throws(SpoolError) {
        guard FileSystem.exists(layout.identity) else {
            throw SpoolError("write into the spool", layout.root, reason: "it is away", hint: "Mount it; work goes on by itself")
        }
    }

    /// Makes all folders that are missing, with the README of each control folder, and last the spool id.
    ///
    /// Safe to call on a spool that is there: owner and modes are set again, nothing else changes.
    public func make(_ access: Access = Access()) throws(SpoolError) {
        try FileSystem.makeFolder(layout.root, below: "/", mode: access.folderMode)
        for folder in layout.folders {
            try FileSystem.makeFolder(folder, mode: access.folderMode)
            try set(access, access.folderMode, on: folder)
        }
        try explain(Self.readme, at: layout.readme, access)
        for folder in ControlFolder.allCases {
            let path = layout.control(folder)
            try FileSystem.makeFolder(path, mode: access.controlMode)
            try explain(folder.readme, at: path.appending("README.txt"), access)
            try set(access, access.controlMode, on: path)
        }
        if identity() == nil {
            try AtomicFile.write(Data("\(SortableID.make())\n".utf8), to: layout.identity)
        }
        try set(access, FolderModes.file(beside: access.folderMode), on: layout.identity)
    }

    /// Takes away the folders of presets that are no more, unless somebody has put something in.
    public func removeFormerPresets(_ names: [String]) throws(SpoolError) {
        for name in try FileSystem.list(layout.control(.incoming)) where DropPlace.isPresetName(name.string) && !names.contains(name.string)
        {
            let path = layout.control(.incoming).appending(name)
            // Sticky and ours: nobody dropped it.
            guard let found = FileSystem.attributes(of: path), found.kind == .folder, found.isSticky, found.owner == geteuid() else {
                continue
            }
            try FileSystem.removeIfEmpty(path)
        }
    }

    private func explain(_ text: String, at path: FilePath, _ access: Access) throws(SpoolError) {
        if !FileSystem.exists(path) { try AtomicFile.write(Data(text.utf8), to: path, durability: .view) }
        try set(access, FolderModes.file(beside: access.folderMode), on: path)
    }

    private static let readme = """
        This is a spool of Spoolscribe: what you put into its folders becomes searchable, time-stamped text.

          incoming/     put links, lists of links or recordings here
          videos/       finished transcripts, one folder each
          results/      copies of them under names you know
          report/       open index.html in a browser to see it all
          receipts/     the answer to everything that was put somewhere
          rejected/     what could not be understood, with the reason beside it
          retry/ cancel/ delete/ update/ reprocess/     each has a README.txt that says how
          trash/        what was deleted, and can be restored for a while

        The other folders are the program's own: jobs/ shows how far each job is, accepted/ keeps what was taken, and claimed/ holds
        for a moment what is being taken.

        """

    /// Makes the folders in `incoming/` that give their drops the values of a preset. One that somebody else made is left as it is.
    public func makePresets(_ names: [String], _ access: Access = Access()) throws(SpoolError) {
        for name in names {
            let path = layout.control(DropPlace(.incoming, preset: name))
            try FileSystem.makeFolder(path, mode: access.controlMode)
            let owner = FileSystem.attributes(of: path)?.owner
            guard owner == geteuid() || owner == access.owner || geteuid() == 0 else { continue }
            try set(access, access.controlMode, on: path)
        }
    }

    /// Through an open file, so that a link in its place is not followed.
    private func set(_ access: Access, _ mode: FilePermissions, on path: FilePath) throws(SpoolError) {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
            try file.closeAfter {
                if access.owner != nil || access.group != nil {
                    guard fchown(file.rawValue, access.owner ?? UInt32.max, access.group ?? UInt32.max) == 0 else {
                        throw Errno(rawValue: errno)
                    }
                }
                // After chown, which clears the set-group bit. The umask would narrow what mkdir was asked for.
                guard fchmod(file.rawValue, mode.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
        } catch {
            throw SpoolError(
                "set owner, group and mode of", path, errno: error as? Errno,
                hint: access.owner != nil || access.group != nil
                    ? "Only root may give files away; run init as root, or leave spool.owner and spool.group unset" : nil)
        }
    }
}
