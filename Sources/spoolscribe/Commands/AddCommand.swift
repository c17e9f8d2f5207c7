import ArgumentParser
import Foundation
import SpoolFiles
import SystemPackage

struct AddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Drop links or recordings, and tell what became of them.",
        discussion:
            "Needs only the shared folder: it writes drops into incoming/ and waits for the receipts. Exit code 4 if a drop was rejected, 5 if nobody took it."
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("Links, or files: recordings, lists, job specs.", valueName: "link or file"))
    var items: [String]

    @Option(help: ArgumentHelp("How long to wait for the receipts; 0 does not wait.", valueName: "seconds"))
    var wait: Double = 10

    @Flag(help: "Print the receipts as JSON lines.")
    var json = false

    func run() async throws {
        let settings = try await Settings(options: global)
        let layout = settings.layout
        try settings.requireSpool()
        let incoming = layout.control(.incoming)
        let links = items.filter { $0.contains("://") }
        var drops: [Drop] = []
        if !links.isEmpty {
            let name = "added-\(SortableID.make()).txt"
            try AtomicFile.write(Data((links.joined(separator: "\n") + "\n").utf8), to: incoming.appending(name))
            drops.append(Drop(name: name, earlierReceipt: nil))
        }
        for item in items where !item.contains("://") { drops.append(try copy(FilePath(item), layout)) }
        try await answer(drops, layout)
    }

    /// Copies under a hidden name first, so that the file appears as a whole.
    private func copy(_ file: FilePath, _ layout: SpoolLayout) throws -> Drop {
        let incoming = layout.control(.incoming)
        if FileSystem.attributes(of: file)?.kind == .folder {
            throw CommandError.refused("\(file.string) is a folder", hint: "Drop the files in it: spoolscribe add \(file.string)/*")
        }
        guard FileManager.default.isReadableFile(atPath: file.string), let name = file.lastComponent?.string else {
            throw CommandError.notFound("there is no readable file \(file.string)")
        }
        let hidden = incoming.appending(".\(SortableID.make()).add")
        do {
            try FileManager.default.copyItem(atPath: file.string, toPath: hidden.string)
        } catch {
            throw CommandError.failed("could not copy \(file.string) into \(incoming.string): \(error.localizedDescription)")
        }
        let earlier = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: name, in: .incoming)).dropID
        guard try FileSystem.moveIfAbsent(hidden, to: incoming.appending(name)) else {
            try FileSystem.remove(hidden)
            throw CommandError.refused("\(name) lies in incoming/ already", hint: "Wait until it was taken, or give the file another name")
        }
        return Drop(name: name, earlierReceipt: earlier)
    }

    /// A drop whose receipt is waited for.
    private struct Drop {
        let name: String
        /// The drop id of a receipt that was there before, of an earlier drop of the same name.
        let earlierReceipt: String?
    }

    private func answer(_ drops: [Drop], _ layout: SpoolLayout) async throws {
        let deadline = ContinuousClock.now + .seconds(wait)
        var outcome: CommandError?
        for drop in drops {
            let name = drop.name
            guard let receipt = try await receipt(for: drop, until: deadline, layout) else {
                if wait > 0 {
                    outcome = .notReady(
                        "\(name) was dropped, but nobody has taken it yet", hint: "Is the daemon running? Start it with spoolscribe run")
                }
                if !json { print("dropped \(name); the answer will be \(layout.receipt(for: name, in: .incoming).string)") }
                continue
            }
            if json {
                print(String(decoding: SpoolJSON.line(receipt), as: UTF8.self), terminator: "")
            } else {
                for job in receipt.jobs { print("job \(job.jobID)  \(Terminal.plain(job.url ?? job.file ?? ""))") }
                for refusal in receipt.refused {
                    print(
                        Terminal.plain(
                            "refused\(refusal.line.map { " line \($0)" } ?? "") \(refusal.text ?? name): \(refusal.reason). \(refusal.hint ?? "")"
                        )
                    )
                }
            }
            if receipt.outcome == .rejected { outcome = .refused("\(name) was rejected: \(receipt.refused.first?.reason ?? "")") }
        }
        if let outcome { throw outcome }
    }

    private func receipt(for drop: Drop, until deadline: ContinuousClock.Instant, _ layout: SpoolLayout) async throws -> Receipt? {
        while true {
            if let receipt = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: drop.name, in: .incoming)),
                receipt.dropID != drop.earlierReceipt
            {
                return receipt
            }
            guard ContinuousClock.now < deadline else { return nil }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
