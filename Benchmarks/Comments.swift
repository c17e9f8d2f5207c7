import Foundation
import SpoolFiles
import SystemPackage

/// What 100,000 comments of one video take: of the daemon, and of its yt-dlp beside one that gathers them.
struct Comments {
    let place: FilePath
    let binary: String

    private static let count = 100_000
    private static let page = 1000

    func measure() async throws {
        let site = place.appending("site")
        let server = try await serve(site)
        defer { server.process.terminate() }
        let daemon = MeasuredDaemon(
            place: place, binary: binary,
            settings: [
                "disk.floor=0", "network.allow_addresses=127.0.0.1", "tools.plugins=\(FileManager.default.currentDirectoryPath)/Tests/Site",
                "comments.include=true", "comments.max=\(Self.count)",
            ])
        try await daemon.start()
        let before = try daemon.usage().bytes
        try AtomicFile.write(Data("\(server.url)/spooltest/talk".utf8), to: daemon.layout.control(.incoming).appending("talk.txt"))
        let bundle = daemon.layout.bundle("spooltest-talk").appending(Comment.name)
        var (ours, child) = (0, 0)
        let begin = ContinuousClock.now
        while !FileSystem.exists(bundle) || !FileSystem.exists(daemon.layout.bundle("spooltest-talk").appending(BundleManifest.name)) {
            ours = max(ours, try daemon.usage().bytes)
            child = max(child, try daemon.childBytes(named: "ytdlp_launcher"))
            try await Task.sleep(for: .milliseconds(20))
        }
        // The catalogue follows the bundle.
        for _ in 0..<200 {
            ours = max(ours, try daemon.usage().bytes)
            try await Task.sleep(for: .milliseconds(20))
        }
        let seconds = (ContinuousClock.now - begin).seconds
        daemon.kill()
        let gathered = try gatheredBytes("\(server.url)/spooltest/talk")
        Table.add(
            .init(
                what: "\(Self.count) comments, the daemon's most", ours: "\(rounded(Double(ours) / 1e6)) MB",
                comparison: "before: \(rounded(Double(before) / 1e6)) MB; all of the job: \(rounded(seconds)) s",
                ratio: rounded(Double(ours) / Double(before)), budget: "100 MB", isKept: ours < 100_000_000))
        Table.add(
            .init(
                what: "its yt-dlp's most", ours: "\(rounded(Double(child) / 1e6)) MB",
                comparison: "yt-dlp that gathers them: \(rounded(Double(gathered) / 1e6)) MB",
                ratio: rounded(Double(child) / Double(max(gathered, 1))), budget: "100 MB", isKept: child < 100_000_000))
    }

    /// The pages of the test's video site as files, behind a web server of Python's.
    private func serve(_ site: FilePath) async throws -> (process: Process, url: String) {
        let folder = site.appending("spooltest/talk/comments")
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        let filler = String(repeating: "words that people write ", count: 8)
        for page in 0..<(Self.count / Self.page) {
            let comments = (0..<Self.page).map { number -> [String: Any] in
                let id = page * Self.page + number
                return [
                    "id": "comment-number-\(id)", "text": "\(id) \(filler)", "author": "Reader \(id % 5000)", "author_id": "r\(id % 5000)",
                ]
            }
            try JSONSerialization.data(withJSONObject: comments).write(to: URL(fileURLWithPath: folder.appending("\(page + 1)").string))
        }
        try Data("[]".utf8).write(to: URL(fileURLWithPath: folder.appending("\(Self.count / Self.page + 1)").string))
        let process = Process()
        let log = place.appending("server.log")
        try Data().write(to: URL(fileURLWithPath: log.string))
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log.string))
        process.executableURL = URL(fileURLWithPath: ".venv/bin/python")
        process.arguments = ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", site.string]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        var port: Substring?
        while port == nil {
            let text = (try? String(contentsOfFile: log.string, encoding: .utf8)) ?? ""
            port = text.firstMatch(of: /port (\d+)/)?.1
            guard process.isRunning else { throw MeasuredDaemon.Failed(description: "the web server ended: \(text)") }
            try await Task.sleep(for: .milliseconds(10))
        }
        let url = "http://127.0.0.1:\(port ?? "")"
        let film = site.appending("film.wav")
        let flite = Process()
        flite.executableURL = URL(fileURLWithPath: "/usr/bin/flite")
        flite.arguments = ["-t", "The library opens at nine.", film.string]
        try flite.run()
        flite.waitUntilExit()
        let info: [String: Any] = [
            "title": "Talk", "comment_count": Self.count,
            "formats": [["format_id": "1", "url": "\(url)/film.wav", "ext": "wav", "vcodec": "none"]],
        ]
        try JSONSerialization.data(withJSONObject: info).write(
            to: URL(fileURLWithPath: site.appending("spooltest/talk/index.html").string))
        return (process, url)
    }

    /// The most memory of a yt-dlp that writes the same comments its own way.
    private func gatheredBytes(_ url: String) throws -> Int {
        let process = Process()
        let script =
            "import resource, sys, yt_dlp\ntry: yt_dlp.main(sys.argv[1:])\nexcept SystemExit: pass\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, file=sys.stderr)"
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: ".venv/bin/python")
        process.arguments = [
            "-c", script, "--ignore-config", "--quiet", "--plugin-dirs", "Tests/Site", "--skip-download", "--write-comments",
            "--write-info-json",
            "--output", place.appending("gathered").string, url,
        ]
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.split(separator: "\n").last.flatMap { Int($0) } ?? 0
    }
}
