import SpoolFiles
import SystemPackage

/// Writes what people changed, and what was found out later, into the metadata of a finished bundle.
enum BundleEdits {
    /// Puts a bundle with the edited metadata in the place of the one that is there, and with what is made of it.
    /// - Parameter workID: the drop or job whose work this is.
    static func apply(_ edits: VideoEdits, to videoID: String, workID: String, layout: SpoolLayout) throws(SpoolError) {
        try change(videoID, workID: workID, layout: layout) { edits.apply(to: &$0) }
    }

    /// The same for what we found out ourselves.
    static func change(
        _ videoID: String, workID: String, layout: SpoolLayout, _ body: (inout VideoMetadata) -> Void
    ) throws(SpoolError) {
        let bundle = layout.bundle(videoID)
        do {
            var metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
            let before = metadata
            body(&metadata)
            if metadata == before { return }
            let manifest = try SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))
            let writer = try BundleWriter(layout: layout, videoID: videoID, workID: workID)
            try writer.takeOver { $0 == VideoMetadata.name || BundleViews.ofMetadata.contains($0) }
            try writer.write(SpoolJSON.data(metadata), to: VideoMetadata.name)
            try BundleViews(metadata: metadata).write(BundleViews.ofMetadata, into: writer)
            try writer.finish(jobID: manifest.jobID, createdAt: manifest.createdAt, engine: manifest.engine, warnings: manifest.warnings)
        } catch let error as SpoolError {
            throw error
        } catch {
            throw SpoolError("update", bundle, reason: String(describing: error))
        }
    }
}
