import SpoolFiles
import SystemPackage

extension SiteBuilder {
    /// The latest drops that could not be understood, or only in part, as entries under "Needs attention".
    func rejectedDrops(since time: Timestamp) throws -> [PageContext] {
        var reasons: [(path: FilePath, modified: Int64)] = []
        for control in ControlFolder.allCases {
            let folder = layout.rejected(control)
            for name in try FileSystem.list(folder) where name.string.hasSuffix(".reason.json") {
                let path = folder.appending(name)
                guard let modified = FileSystem.attributes(of: path)?.modified, modified >= time.milliseconds * 1_000_000 else { continue }
                reasons.append((path, modified))
            }
        }
        // The newest are read until there are enough: there may be thousands.
        var receipts: [(name: String, receipt: Receipt)] = []
        for (path, _) in reasons.sorted(by: { $0.modified > $1.modified }) where receipts.count < Self.attentionKept {
            // What a command dropped, it has told already.
            guard let receipt = try? SpoolJSON.read(Receipt.self, at: path), !DropName.isOfCommand(receipt.drop), isLast(receipt)
            else { continue }
            receipts.append((path.lastComponent?.string ?? "", receipt))
        }
        return receipts.map { name, receipt in
            let count = receipt.refused.count
            var entry: PageContext = [
                "title": receipt.drop.trimmed.isEmpty ? "a drop without a name" : receipt.drop,
                "href": "../rejected/\(receipt.folder.rawValue)/\(PageLink.path(name))",
                "what": receipt.outcome == .partly
                    ? "of this drop in \(receipt.folder.rawValue)/ \(count == 1 ? "one part" : "\(count) parts") could not be used"
                    : "this drop in \(receipt.folder.rawValue)/ could not be used",
                "when": PeopleFormat.moment(receipt.at), "when_iso": receipt.at.rfc3339,
            ]
            if let first = receipt.refused.first {
                entry["message"] = Self.words(of: first)
                entry["hint"] = first.hint
            }
            let shown = receipt.refused.prefix(Self.reasonsShown)
            entry["others"] = zip(shown.dropFirst(), shown).map { refused, before -> PageContext in
                var other: PageContext = ["message": Self.words(of: refused)]
                other["advice"] = refused.hint == before.hint ? nil : refused.hint
                return other
            }
            if count > shown.count { entry["rest"] = "\(count - shown.count) more in rejected/\(receipt.folder.rawValue)/\(name)" }
            return entry
        }
    }

    /// Of the parts of a drop that were refused, those that are told.
    private static let reasonsShown = 5

    /// Where in a drop, and why.
    private static func words(of refused: Receipt.Refusal) -> String {
        let isNamed = refused.text.map(refused.reason.contains) ?? true
        let place = [refused.file, refused.line.map { "line \($0)" }, isNamed ? nil : refused.text].compactMap { $0 }
        return PeopleFormat.short((place + [refused.reason]).joined(separator: ": "), to: 1000)
    }

    /// Nothing was dropped under that name since.
    private func isLast(_ receipt: Receipt) -> Bool {
        let last = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: receipt.drop, in: receipt.folder))
        return last.map { $0.dropID == receipt.dropID } ?? true
    }
}
