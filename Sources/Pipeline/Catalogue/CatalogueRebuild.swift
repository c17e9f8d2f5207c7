import Jobs
import SpoolFiles
import SystemPackage

/// Records anew what the bundles hold: videos that the database does not know, and the words, chapters, comments and graph of all.
///
/// The bundles are the truth of what they hold; the record can be made of them at any time, without a network.
public struct CatalogueRebuild: Sendable {
    public struct Outcome: Sendable {
        public var recorded = 0
        /// Of these, how many the database had not known.
        public var found = 0
        /// Bundles that cannot be read, with the reasons.
        public var unreadable: [(videoID: String, reason: String)] = []
    }

    let layout: SpoolLayout
    let store: any VideoStore & CatalogueStore

    public init(layout: SpoolLayout, store: any VideoStore & CatalogueStore) {
        self.layout = layout
        self.store = store
    }

    /// - Parameter progress: called before each bundle, with its number from 1 and how many there are.
    public func run(progress: (Int, Int) -> Void) async throws -> Outcome {
        var outcome = Outcome()
        let kept = try Self.bundles(in: layout.videos).map { ($0, false) }
        // One that was worked on anew since it was deleted is there twice: the newer counts.
        let keptIDs = Set(kept.map(\.0))
        let trashed = try Self.bundles(in: layout.trash).filter { !keptIDs.contains($0) }.map { ($0, true) }
        let all = kept + trashed
        for (index, (videoID, isTrashed)) in all.enumerated() {
            progress(index + 1, all.count)
            do {
                if try await record(videoID, isTrashed: isTrashed) { outcome.found += 1 }
                outcome.recorded += 1
            } catch let error as SpoolError {
                outcome.unreadable.append((videoID, String(describing: error)))
            }
        }
        return outcome
    }

    /// - Returns: whether the database had not known it.
    private func record(_ videoID: String, isTrashed: Bool) async throws -> Bool {
        let bundle = isTrashed ? layout.trashed(videoID) : layout.bundle(videoID)
        let manifest = try SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))
        let metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
        let before = try await store.video(videoID)
        // What people changed in one that lies in the trash would go with a new record.
        let isOld = before.map { $0.deletedAt == nil && ($0.jobID != manifest.jobID || $0.title != metadata.title) } ?? true
        if isOld {
            try await store.publish(
                VideoRecord(
                    id: videoID, addressID: before?.addressID ?? metadata.url.flatMap { try? VideoAddress($0).videoID },
                    jobID: manifest.jobID, title: metadata.title, userID: metadata.userID,
                    createdAt: before?.createdAt ?? manifest.createdAt))
        }
        let known = try await store.video(videoID)
        // The folders say what is deleted: the record may be older than they are.
        if isTrashed, known?.deletedAt == nil { try await store.putInTrash(videoID: videoID, by: known?.userID ?? "") }
        if !isTrashed, known?.deletedAt != nil { try await store.takeOutOfTrash(videoID: videoID) }
        try await VideoCatalogue(layout: layout, store: store)
            .record(videoID, in: bundle, addressID: known?.addressID, withComments: true)
        return before == nil
    }

    /// Ids of finished bundles in a folder.
    private static func bundles(in folder: FilePath) throws(SpoolError) -> [String] {
        try FileSystem.list(folder).map(\.string).filter { name in
            !name.hasPrefix(".") && FileSystem.exists(folder.appending(name).appending(BundleManifest.name))
        }.sorted()
    }
}
