import SpoolFiles
import SystemPackage

/// Writes what people changed, and what was found out later, into the metadata of a finished bundle.
public struct BundleEdits: Sendable {
    let layout: SpoolLayout
    let rules: CueRules

    public init(layout: SpoolLayout, rules: CueRules) {
        self.layout = layout
        self.rules = rules
    }

    /// Puts a bundle with the edited metadata in the place of the one that is there, and with what is made of it.
    /// - Parameter workID: the drop or job whose work this is.
    func apply(_ edits: VideoEdits, to videoID: String, workID: String) throws(SpoolError) {
        try change(videoID, workID: workID) { edits.apply(to: &$0) }
    }

    /// The same for what we found out ourselves.
    func change(_ videoID: String, workID: String, _ body: (inout VideoMetadata) -> Void) throws(SpoolError) {
        let bundle = layout.bundle(videoID)
        do {
            var metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
            let before = metadata
            body(&metadata)
            if metadata == before { return }
            let manifest = try SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))
            let writer = try BundleWriter(layout: layout, videoID: videoID, workID: workID)
            try writer.takeOver { $0 == VideoMetadata.name || BundleViews.names.contains($0) }
            try writer.write(SpoolJSON.data(metadata), to: VideoMetadata.name)
            try BundleViews(metadata: metadata, rules: rules).write(into: writer)
            try writer.finish(jobID: manifest.jobID, createdAt: manifest.createdAt, engine: manifest.engine, warnings: manifest.warnings)
        } catch let error as SpoolError {
            throw error
        } catch {
            throw SpoolError("update", bundle, reason: String(describing: error))
        }
    }

    /// Makes another transcript the current one, and what is made of it; the one that was goes to the earlier ones.
    func replaceTranscript(of videoID: String, with transcript: Transcript, workID: String) throws(SpoolError) {
        let bundle = layout.bundle(videoID)
        do {
            let metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
            let manifest = try SpoolJSON.read(BundleManifest.self, at: bundle.appending(BundleManifest.name))
            let writer = try BundleWriter(layout: layout, videoID: videoID, workID: workID)
            try writer.takeOver {
                $0 == Transcript.name || BundleViews.names.contains($0) || $0 == TranscriptVersions.path(transcript.provenance.jobID)
            }
            try writer.write(SpoolJSON.data(transcript), to: Transcript.name)
            try writer.keepPresentTranscript()
            try BundleViews(metadata: metadata, rules: rules).write(into: writer)
            try writer.finish(
                jobID: manifest.jobID, createdAt: manifest.createdAt, engine: .init(transcript.provenance), warnings: manifest.warnings)
        } catch let error as SpoolError {
            throw error
        } catch {
            throw SpoolError("update", bundle, reason: String(describing: error))
        }
    }
}
