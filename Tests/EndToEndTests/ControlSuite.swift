import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// A daemon with a site, for tests of the folders beside `incoming/`.
protocol ControlSuite {
    var folder: TemporaryFolder { get }
    var daemon: Daemon { get }
    var site: LocalSite { get }
}

extension ControlSuite {
    static func begin() async throws -> (TemporaryFolder, Daemon, LocalSite) {
        let folder = try TemporaryFolder()
        let daemon = Daemon(spool: folder.path.appending("spool"), set: ["retry.max=0"])
        let site = try await LocalSite()
        try await daemon.start()
        return (folder, daemon, site)
    }

    var layout: SpoolLayout { daemon.layout }

    /// A finished video, by its job.
    func finished(_ name: String = "talk.mp4", text: String = Speech.library, drop: String = "talk.url") async throws
        -> StatusSidecar
    {
        site.serve(try FileSystem.read(try await Speech.video(text, at: folder.path.appending(name))), at: name)
        try daemon.drop("[InternetShortcut]\r\nURL=\(site.url(name))\r\n", as: drop)
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: drop).jobs.first).jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        return job
    }

    /// `long.mp4`, with whatever query, whose download takes hours.
    func serveSlowly() {
        var endless = LocalSite.Behaviour()
        endless.speed = 1000
        site.serve(Data(count: 10_000_000), at: "long.mp4", endless)
    }

    func metadata(_ videoID: String) throws -> VideoMetadata {
        try SpoolJSON.read(VideoMetadata.self, at: layout.bundle(videoID).appending(VideoMetadata.name))
    }

    func results() async throws -> [String] {
        try await Tool.run("find", [layout.results.string, "-type", "f", "-printf", "%P\n"]).split(separator: "\n").map(String.init)
            .sorted()
    }
}
