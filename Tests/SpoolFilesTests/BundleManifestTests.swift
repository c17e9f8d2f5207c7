import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

struct BundleManifestTests {
    @Test func listsEveryFileWithItsHashButNotItself() throws {
        let folder = try TemporaryFolder()
        try FileSystem.makeFolder(folder.path.appending("media"))
        try folder.write("abc", to: "media/audio.wav")
        try folder.write("", to: "transcript.txt")
        try folder.write("old", to: BundleManifest.name)
        let manifest = try BundleManifest(
            ofBundle: folder.path, videoID: "web-1", jobID: "j", createdAt: Timestamp(milliseconds: 0), spoolscribe: "0", engine: nil)
        #expect(manifest.files.map(\.path) == ["media/audio.wav", "transcript.txt"])
        #expect(manifest.files[0].bytes == 3)
        #expect(manifest.files[0].sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let read = try SpoolJSON.decode(BundleManifest.self, from: SpoolJSON.data(manifest))
        #expect(read == manifest)
    }
}
