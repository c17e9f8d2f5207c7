import FoundationEssentials
import Logging
import SpoolFiles
import Synchronization
import SystemPackage
import Watcher

/// A drop in `claimed/`: taken, and not yet answered.
struct Claim: Sendable {
    let dropID: String
    let place: DropPlace
    /// The claim's own folder.
    let folder: FilePath
    /// The dropped file or folder in it.
    let file: FilePath
    let name: String
    /// The owner of the dropped file.
    let userID: String
    /// When it was taken: the time in its id, to the second.
    var takenAt: Timestamp { SortableID.time(of: dropID) ?? .now() }
    /// Claimed by an earlier daemon, or earlier by this one.
    let isLeftover: Bool
}

/// Takes drops into `claimed/`, and puts them away once they are answered. Each step is one rename, and can be repeated.
struct ClaimedDrops: Sendable {
    let layout: SpoolLayout
    let logger: Logger

    /// Held while a receipt is written: what becomes of a drop's lists is added later, when another drop of its name may come.
    static let receipts = Mutex(())

    /// Moves a ready file into a claim of its own, after what goes with it. Of several watchers one wins.
    /// - Parameter companions: names beside it.
    /// - Returns: `nil` if somebody took it away again, or another watcher won.
    /// - Throws: if it cannot be taken now; it is still where it was, or else in `claimed/`.
    func take(_ ready: ReadyFile, with companions: [FilePath.Component] = []) throws(SpoolError) -> Claim? {
        let dropID = SortableID.make()
        let folder = layout.claim(dropID, from: ready.place)
        let file = folder.appending(ready.name)
        try FileSystem.makeFolder(folder)
        if !companions.isEmpty {
            let beside = folder.appending(Companions.folderName)
            try FileSystem.makeFolder(beside)
            for name in companions {
                _ = try FileSystem.moveIfAbsent(ready.path.removingLastComponent().appending(name), to: beside.appending(name))
            }
        }
        if try FileSystem.moveIfAbsent(ready.path, to: file) || FileSystem.exists(file) {
            return claim(dropID, ready.place, folder, file, isLeftover: false)
        }
        try giveBack(folder, to: ready.place)
        return nil
    }

    /// Puts what went with a recording back where it was dropped: the recording itself did not come.
    private func giveBack(_ folder: FilePath, to place: DropPlace) throws(SpoolError) {
        let beside = folder.appending(Companions.folderName)
        for name in try FileSystem.list(beside) {
            _ = try FileSystem.moveIfAbsent(beside.appending(name), to: layout.control(place).appending(name))
        }
        try FileSystem.removeIfEmpty(beside)
        try FileSystem.removeIfEmpty(folder)
    }

    /// Tells the owner of a folder that the daemon may not move it: moving a folder takes the right to write in it. Told once; it is
    /// tried again at every scan, and the answer then replaces this one.
    /// - Returns: what to do, for whoever looks at what is in the way; `nil` if it is no folder.
    func answerWithoutTaking(_ ready: ReadyFile, at now: Timestamp) -> String? {
        let target = layout.receipt(for: ready.name, in: ready.place.folder)
        guard let attributes = FileSystem.attributes(of: ready.path), attributes.kind == .folder else { return nil }
        let quoted = "'\(ready.name.replacing("'", with: "'\\''"))'"
        let reason = "the daemon may not move this folder, and left it where it is"
        let hint =
            "Give the spool's group the right to write in it: chmod -R g+rwX \(quoted), and chgrp -R if it belongs to another group. It is then taken by itself"
        let words = "\(reason). \(hint)"
        if let known = try? SpoolJSON.read(Receipt.self, at: target), known.outcome == .waiting { return words }
        var receipt = Receipt(
            drop: ready.name, dropID: SortableID.make(at: now), folder: ready.place.folder, at: now,
            userID: UserNames.name(of: attributes.owner), jobs: [], refused: [.init(reason: reason, hint: hint)])
        receipt.outcome = .waiting
        do {
            try keepEarlier(target, than: receipt.dropID)
            try AtomicFile.write(SpoolJSON.data(receipt), to: target, durability: .view)
        } catch {
            logger.error("\(error)")
        }
        return words
    }

    private func claim(_ dropID: String, _ place: DropPlace, _ folder: FilePath, _ file: FilePath, isLeftover: Bool) -> Claim {
        Claim(
            dropID: dropID, place: place, folder: folder, file: file, name: file.lastComponent.map(DropName.text) ?? "",
            userID: FileSystem.attributes(of: file).map { UserNames.name(of: $0.owner) } ?? "unknown", isLeftover: isLeftover)
    }

    /// What was claimed and not finished, oldest first; `unreadable` is called for each that cannot be looked into.
    func leftovers(unreadable: (SpoolError) -> Void) throws(SpoolError) -> [Claim] {
        var claims: [Claim] = []
        for name in try FileSystem.list(layout.claimed).sorted(by: { $0.string < $1.string }) {
            guard let (dropID, place) = SpoolLayout.parseClaim(name) else { continue }
            let folder = layout.claimed.appending(name)
            do {
                // Claimed but not yet moved in: nothing is in it.
                if try FileSystem.removeIfEmpty(folder) { continue }
                guard let file = try FileSystem.list(folder).first(where: { !$0.string.hasPrefix(".") }) else {
                    try giveBack(folder, to: place)
                    continue
                }
                claims.append(claim(dropID, place, folder, folder.appending(file), isLeftover: true))
            } catch {
                unreadable(error)
            }
        }
        return claims
    }

    /// Writes the receipt, then puts the drop into `accepted/` or `rejected/`.
    ///
    /// The answer first, the file last: while the file is in `claimed/`, a restart begins this again.
    func settle(_ claim: Claim, _ receipt: Receipt) throws(SpoolError) {
        try Spool(layout: layout).requirePresence()
        let data = SpoolJSON.data(receipt)
        // Of a drop that was used in part, the reasons alone: whoever looks into rejected/ sees all that was refused.
        if receipt.outcome == .partly {
            try AtomicFile.write(data, to: layout.rejectionReason(for: rejectedName(for: claim), in: claim.place.folder), durability: .view)
        }
        try Self.receipts.withLock { _ throws(SpoolError) in
            let target = layout.receipt(for: claim.name, in: claim.place.folder)
            try keepEarlier(target, than: claim.dropID)
            try AtomicFile.write(data, to: target, durability: .view)
        }
        if receipt.outcome == .rejected {
            let name = rejectedName(for: claim)
            try AtomicFile.write(data, to: layout.rejectionReason(for: name, in: claim.place.folder), durability: .view)
            try FileSystem.move(claim.file, to: layout.rejected(claim.place.folder).appending(name))
            try FileSystem.remove(claim.folder)
        } else if try !FileSystem.moveIfAbsent(claim.folder, to: layout.accepted(claim.dropID, day: receipt.at.day)) {
            throw SpoolError("put away the drop", claim.folder, reason: "something lies at its place in accepted/")
        }
    }

    /// The receipt that a claim has got already, before it could be put away.
    func receipt(of claim: Claim) -> Receipt? {
        let known = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: claim.name, in: claim.place.folder))
        return known?.dropID == claim.dropID ? known : nil
    }

    /// The receipt of an earlier drop of the same name goes to that drop.
    private func keepEarlier(_ receipt: FilePath, than dropID: String) throws(SpoolError) {
        guard FileSystem.exists(receipt) else { return }
        guard let earlier = try? SpoolJSON.read(Receipt.self, at: receipt) else { return }
        guard earlier.dropID != dropID, earlier.outcome != .waiting, SortableID.isValid(earlier.dropID) else { return }
        try FileSystem.makeFolder(layout.accepted.appending(earlier.at.day))
        try FileSystem.move(receipt, to: layout.earlierReceipt(of: earlier.dropID, day: earlier.at.day))
    }

    /// The name under which a rejected drop is kept: beside an earlier one of the same name rather than over it.
    private func rejectedName(for claim: Claim) -> String {
        let isTaken =
            FileSystem.exists(layout.rejected(claim.place.folder).appending(claim.name))
            || (try? SpoolJSON.read(Receipt.self, at: layout.rejectionReason(for: claim.name, in: claim.place.folder)))
                .map { $0.dropID != claim.dropID } ?? false
        return isTaken ? Self.secondName(claim.name, claim.dropID) : claim.name
    }

    private static func secondName(_ name: String, _ dropID: String) -> String {
        let ending = DropName.fileExtension(name)
        return DropName.fitting(DropName.stem(name), suffix: ".\(dropID)\(ending.isEmpty ? "" : ".\(ending)")")
    }

    /// The names under which a rejected drop may be kept.
    static func namesInRejected(of receipt: Receipt) -> [String] { [receipt.drop, secondName(receipt.drop, receipt.dropID)] }
}
