import Foundation
import Report
import SpoolFiles
import SystemPackage

/// Writes drops as any user of the share would, and waits for their receipts: works wherever the share is mounted.
struct DropSender {
    let layout: SpoolLayout

    /// A drop whose receipt is waited for.
    struct Sent {
        let name: String
        let folder: ControlFolder
        /// The drop id of a receipt that was there before, of an earlier drop of the same name.
        let earlierReceipt: String?
    }

    /// Drops a text under a name of its own.
    func send(_ text: Data, as name: String, in place: DropPlace) throws -> Sent {
        // The daemon, which may be another user of the group, must be able to read it.
        FolderModes.limit(to: FolderModes.daemon)
        try AtomicFile.write(text, to: layout.control(place).appending(name))
        return Sent(name: name, folder: place.folder, earlierReceipt: nil)
    }

    /// Drops a text under a name that others may use too: the receipt that is there now is not the answer.
    func sendNamed(_ text: Data, as name: String, in place: DropPlace) throws -> Sent {
        let earlier = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: name, in: place.folder)).dropID
        let hidden = layout.control(place).appending(".\(SortableID.make()).add")
        FolderModes.limit(to: FolderModes.daemon)
        try AtomicFile.write(text, to: hidden)
        guard try FileSystem.moveIfAbsent(hidden, to: layout.control(place).appending(name)) else {
            try FileSystem.remove(hidden)
            throw CommandError.refused("\(name) lies in \(place.name)/ already", hint: "Wait until it was taken")
        }
        return Sent(name: name, folder: place.folder, earlierReceipt: earlier)
    }

    /// Drops a copy of a file or folder. It is copied under a hidden name first, so that it appears as a whole.
    /// - Parameter preset: the preset into whose folder it goes.
    func sendCopy(of file: FilePath, preset: String?) throws -> Sent {
        let place = DropPlace(.incoming, preset: preset)
        let target = layout.control(place)
        guard FileManager.default.isReadableFile(atPath: file.string), let name = file.lastComponent.map(DropName.text) else {
            throw CommandError.notFound("there is no readable file \(file.string)")
        }
        guard !DropName.isIgnored(name) else {
            throw CommandError.refused(
                "\(name) has a name that is passed over, like those of hidden files, README files and unfinished downloads",
                hint: "Give the file another name")
        }
        let hidden = target.appending(".\(SortableID.make()).add")
        do {
            try FileManager.default.copyItem(atPath: file.string, toPath: hidden.string)
            try FileSystem.shareWithGroup(hidden)
        } catch {
            try? FileSystem.remove(hidden)
            throw CommandError.failed("could not copy \(file.string) into \(target.string): \(error.localizedDescription)")
        }
        let earlier = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: name, in: .incoming)).dropID
        guard try FileSystem.moveIfAbsent(hidden, to: target.appending(name)) else {
            try FileSystem.remove(hidden)
            throw CommandError.refused(
                "\(name) lies in \(place.name)/ already", hint: "Wait until it was taken, or give the file another name")
        }
        return Sent(name: name, folder: .incoming, earlierReceipt: earlier)
    }

    /// The receipt of a drop; `nil` if there is none by the deadline.
    func receipt(for drop: Sent, until deadline: ContinuousClock.Instant) async throws -> Receipt? {
        while true {
            if let receipt = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: drop.name, in: drop.folder)),
                receipt.dropID != drop.earlierReceipt
            {
                return receipt
            }
            guard ContinuousClock.now < deadline else { return nil }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Waits for the receipts and prints them.
    /// - Parameters:
    ///   - seconds: how long; 0 does not wait.
    ///   - warning: why there may be no answer, if that is known.
    /// - Throws: `CommandError` if a drop was not taken or nothing of it could be done.
    func answer(_ drops: [Sent], wait seconds: Double, json: Bool, warning: String?) async throws {
        if seconds > 0, let warning { Terminal.warn("\(warning); what was dropped waits until then") }
        let deadline = ContinuousClock.now + .seconds(seconds)
        var outcome: CommandError?
        for drop in drops {
            guard let receipt = try await receipt(for: drop, until: deadline) else {
                let path = layout.receipt(for: drop.name, in: drop.folder).string
                if seconds > 0 {
                    outcome = .notReady(
                        "\(drop.name) was dropped, but nobody has answered it yet; the answer will be \(path)",
                        hint: "Is the daemon running? Start it with spoolscribe run")
                } else if !json {
                    print("dropped \(drop.name); the answer will be \(path)")
                }
                continue
            }
            if json {
                print(String(decoding: SpoolJSON.line(receipt), as: UTF8.self), terminator: "")
            } else {
                for line in Self.lines(receipt) { print(Terminal.plain(line)) }
            }
            if receipt.outcome == .rejected || receipt.outcome == .waiting { outcome = Self.error(receipt) }
        }
        if let outcome { throw outcome }
    }

    private static func error(_ receipt: Receipt) -> CommandError {
        if receipt.outcome == .waiting { return .notReady("\(receipt.drop) could not be taken yet") }
        // The reasons stand above, on standard output.
        if receipt.refused.allSatisfy({ $0.code == .notFound }), !receipt.refused.isEmpty { return .notFound("nothing has that name") }
        return .refused("nothing was done")
    }

    private static func lines(_ receipt: Receipt) -> [String] {
        let jobs = receipt.folder == .incoming ? receipt.jobs : []
        return jobs.map(line) + (receipt.actions ?? []).map(line)
            + receipt.refused.map { refusal in
                let place = [refusal.file, refusal.line.map { "line \($0)" }].compactMap { $0 }.joined(separator: " ")
                // A field is named by the reason.
                let text = refusal.text.map { refusal.reason.contains("\"\($0)\"") ? "" : $0 }
                let subject = text ?? (refusal.file == nil ? receipt.drop : "")
                let what = [place, subject].filter { !$0.isEmpty }.joined(separator: " ")
                return "refused\(what.isEmpty ? "" : " \(what)"): \(refusal.reason)\(refusal.hint.map { ". \($0)" } ?? "")"
            }
    }

    private static func line(_ job: Receipt.Job) -> String {
        var line = "job \(job.jobID)  \(job.url ?? job.file ?? "")"
        guard job.alreadyThere == true else { return line }
        line += "  (was there already\(job.status.map { ", \($0.label)" } ?? "")\(job.title.map { ": \"\($0)\"" } ?? ""))"
        if let note = job.note { line += ". But \(note)" }
        return line
    }

    private static func line(_ action: Receipt.Action) -> String {
        var line = "\(action.action.rawValue) \(action.videoID ?? action.jobID ?? action.target)"
        if action.action == .reprocessed, let jobID = action.jobID { line += " as job \(jobID)" }
        if let bytes = action.bytes, let count = action.removes?.count {
            line += ": \(count) file\(count == 1 ? "" : "s"), \(PeopleFormat.size(bytes))"
        }
        if let until = action.keptUntil { line += "; can be restored until \(until.day)" }
        if let note = action.note { line += " (\(note))" }
        return line
    }
}
