import SpoolFiles
import SystemPackage

extension SiteBuilder {
    /// The latest drops that could not be understood, or only in part, as entries under "Needs attention".
    func rejectedDrops(since time: Timestamp) throws -> [[String: Any]] {
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
            var entry: [String: Any] = [
                "title": receipt.drop.trimmed.isEmpty ? "a drop without a name" : receipt.drop,
                "href": "../rejected/\(receipt.folder.rawValue)/\(PageLink.path(name))",
                "what": receipt.outcome == .partly
                    ? "of this drop in \(receipt.folder.rawValue)/ \(count == 1 ? "one part" : "\(count) parts") could not be used"
                    : "this drop in \(receipt.folder.rawValue)/ could not be used",
                "when": PeopleFormat.moment(receipt.at), "when_iso": receipt.at.rfc3339,
            ]
            if let first = receipt.refused.first {
                let isNamed = first.text.map(first.reason.contains) ?? true
                let place = [first.file, first.line.map { "line \($0)" }, isNamed ? nil : first.text].compactMap { $0 }
                entry["message"] = (place + [first.reason]).joined(separator: ": ") + (count > 1 ? " (and \(count - 1) more)" : "")
                entry["hint"] = first.hint
            }
            return entry
        }
    }

    /// Nothing was dropped under that name since.
    private func isLast(_ receipt: Receipt) -> Bool {
        let last = try? SpoolJSON.read(Receipt.self, at: layout.receipt(for: receipt.drop, in: receipt.folder))
        return last.map { $0.dropID == receipt.dropID } ?? true
    }
}
