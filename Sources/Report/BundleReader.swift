import SpoolFiles
import SystemPackage

/// A finished bundle, as the report shows it.
struct BundleReader: Sendable {
    let path: FilePath
    let metadata: VideoMetadata
    let transcript: Transcript
    let manifest: BundleManifest

    /// - Throws: if the bundle is not finished or cannot be read.
    init(_ path: FilePath) throws {
        self.path = path
        manifest = try SpoolJSON.read(BundleManifest.self, at: path.appending(BundleManifest.name))
        metadata = try SpoolJSON.read(VideoMetadata.self, at: path.appending(VideoMetadata.name))
        transcript = try SpoolJSON.read(Transcript.self, at: path.appending(Transcript.name))
    }

    /// The media file that people play: the picture if it was kept, else the sound.
    var media: BundleManifest.File? {
        manifest.files.first { $0.path.hasPrefix("media/video.") } ?? manifest.files.first { $0.path.hasPrefix("media/audio.") }
    }

    var thumbnail: BundleManifest.File? { manifest.files.first { $0.path == "media/thumbnail.jpg" } }
}
