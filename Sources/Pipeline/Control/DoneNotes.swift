import SpoolFiles
import SystemPackage

/// What a drop's hard deletions took away and its restorations brought back, kept in its claim: after a crash nothing else could tell.
struct DoneNotes {
    private let path: FilePath
    private(set) var actions: [Receipt.Action]

    init(claim: Claim) {
        path = claim.folder.appending(Self.name)
        actions = (try? SpoolJSON.read([Receipt.Action].self, at: path)) ?? []
    }

    static let name = ".done.json"

    mutating func add(_ action: Receipt.Action) throws(SpoolError) {
        actions.append(action)
        try AtomicFile.write(SpoolJSON.data(actions), to: path)
    }
}
