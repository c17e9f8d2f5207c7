import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

private enum SettingNames {
    static let all = [
        "watch", "quiet_seconds", "network", "cpu", "asr", "max_bytes", "allow_addresses", "delays", "max", "model", "floor", "level",
    ]
}

/// What `list --json` prints.
struct ListedPage: Decodable {
    let total: Int
    let jobs: [StatusSidecar]
}

/// What `list --videos --json` prints.
struct ListedVideos: Decodable {
    let total: Int
    let videos: [VideoMetadata]
}

struct CommandTests {
    private let folder: TemporaryFolder
    private let spool: String

    init() throws {
        folder = try TemporaryFolder()
        spool = folder.path.appending("spool").string
    }

    @Test func versionAndHelp() async throws {
        let version = try await Command.run(["--version"])
        #expect(version.code == 0)
        #expect(version.output.trimmed.split(separator: ".").count == 3)
        #expect(try await Command.run(["--help"]).output.contains("SUBCOMMANDS"))
        #expect(try await Command.run(["--generate-completion-script", "bash"]).output.contains("spoolscribe"))
    }

    @Test func optionsMayStandBeforeOrAfterTheCommand() async throws {
        #expect(try await Command.run(["--spool", spool, "init"]).code == 0)
        let status = try await Command.run(["status", "--spool", spool])
        #expect(
            status.code == 0 && status.output.hasPrefix("No daemon works on this spool now. Start it with: spoolscribe run\n"), "\(status)")
        #expect(try await Command.run(["--spool=\(spool)", "status"]).code == 0)
        #expect(try await Command.run(["status"], environment: ["SPOOLSCRIBE_SPOOL": spool]).code == 0)
    }

    @Test func theGroupMayReadTheSiteWhateverTheUmask() async throws {
        #expect(try await Command.run(["init", "--spool", spool]).code == 0)
        #expect(try await Command.run(["rebuild", "--spool", spool]).code == 0)
        #expect(try await Command.run(["report", "--spool", spool], umask: "077").code == 0)
        for (name, mode) in [("index.html", 0o640), ("style.css", 0o640), ("search", 0o2750)] {
            let found = try FileManager.default.attributesOfItem(atPath: "\(spool)/report/\(name)")[.posixPermissions] as? Int
            #expect(found.map { $0 & 0o7777 } == mode, "\(name)")
        }
    }

    @Test func exitCodesTellScriptsWhatHappened() async throws {
        #expect(try await Command.run(["frobnicate"]).code == 2)
        #expect(try await Command.run(["status", "--spool", spool]).code == 5)
        #expect(try await Command.run(["init", "--spool", spool]).code == 0)
        #expect(try await Command.run(["status", "20261125-091455-7f3kq2mz", "--spool", spool]).code == 3)
        #expect(try await Command.run(["show", "../..", "--spool", spool]).code == 3)
        let none = try await Command.run(["list", "--json", "--spool", spool])
        #expect(none.output.contains("\"total\" : 0"))
        #expect(try await Command.run(["watch", "20261125-091455-7f3kq2mz", "--spool", spool]).code == 3)
        #expect(try await Command.run(["update", "x", "--spool", spool]).code == 2)
        #expect(try await Command.run(["cancel", "x", "--wait", "0.1", "--spool", spool]).code == 5)
        #expect(try await Command.run(["list", "--status", "happy", "--spool", spool]).code == 2)
        #expect(try await Command.run(["add", "https://example.org/a.mp4", "--wait", "0.1", "--spool", spool]).code == 5)
    }

    @Test func aFolderThatMayBeABareMountPointIsNotMadeASpool() async throws {
        try FileSystem.makeFolder(folder.path.appending("spool"))
        let result = try await Command.run(["run", "--spool", spool])
        #expect(result.code == 5)
        #expect(result.errors.contains("mount the share first"))
        #expect(try FileSystem.list(folder.path.appending("spool")).isEmpty)
        #expect(try await Command.run(["add", folder.path.string, "--spool", folder.path.string]).code == 5)
        #expect(try await Command.run(["init", "--spool", spool]).code == 0)
        #expect(try await Command.run(["add", folder.path.appending("gone").string, "--spool", spool]).code == 3)
    }

    @Test(arguments: [
        ("network.max_byte=1", "there is no such setting"), ("lanes.network=0", "a whole number from 1 to 64"),
        ("lanes.network=many", "a whole number from 1 to 64"),
        ("spool.watch=sometimes", "one of auto, inotify, poll"), ("keep.video=perhaps", "true or false"),
        ("network.allow_addresses=home", "192.168.1.0/24"),
        ("spool.folder_mode=rwx", "octal"),
    ])
    func aWrongSettingStopsTheStartWithItsNameAndRange(setting: String, words: String) async throws {
        let result = try await Command.run(["run", "--spool", spool, "--set", setting])
        #expect(result.code == 1)
        #expect(result.errors.contains(setting.split(separator: "=")[0]))
        #expect(result.errors.contains(words))
    }

    @Test func settingsComeFromFileEnvironmentAndFlags() async throws {
        let file = try folder.write(
            "lanes:\n  network: 7\n  cpu: 3\nnetwork:\n  allow_addresses: [127.0.0.1, \"::1\"]\n", to: "settings.yaml")
        let result = try await Command.run(
            [
                "settings", "--effective", "--config", file.string, "--set", "lanes.asr=9", "--set", "retry.delays=[1, 2.5]",
                "--set", "captions.languages=[\"de\", 'en', fr]", "--set", "spool.administrators=ann,bob",
            ], environment: ["SPOOLSCRIBE_LANES_CPU": "5", "SPOOLSCRIBE_SITES_PAUSE_SECONDS": "[2, 3]"])
        #expect(result.code == 0)
        #expect(result.output.contains("lanes.network: 7  # \(file.string)"))
        #expect(result.output.contains("lanes.cpu: 5  # the environment"))
        #expect(result.output.contains("lanes.asr: 9  # --set"))
        // Lists, with the brackets of the file or without.
        #expect(result.output.contains("retry.delays: [1.0, 2.5]  # --set"))
        #expect(result.output.contains("captions.languages: [\"de\", \"en\", \"fr\"]  # --set"))
        #expect(result.output.contains("spool.administrators: [\"ann\", \"bob\"]  # --set"))
        #expect(result.output.contains("sites.pause_seconds: [2.0, 3.0]  # the environment"))
        #expect(result.output.contains("network.allow_addresses: [\"127.0.0.1\", \"::1\"]"))
        #expect(result.output.contains("retry.max: 3  # standard"))
    }

    @Test(arguments: ["", "# nothing yet\n", "lanes:\n  # network: 2\n"])
    func aSettingsFileThatSetsNothingIsOne(text: String) async throws {
        let file = try folder.write(text, to: "settings.yaml")
        let result = try await Command.run(["settings", "--effective", "--config", file.string])
        #expect(result.code == 0 && result.output.contains("retry.max: 3  # standard"), "\(result.errors)")
    }

    @Test func theExampleIsASettingsFile() async throws {
        let example = try await Command.run(["settings"]).output
        // Takes the # away from every setting that has a standard value.
        let enabled = example.split(separator: "\n").map { line in
            let setting = line.firstMatch(of: /^  # ([a-z_]+: .+)$/).map { String($0.1) }
            let isSetting = setting.map { text in SettingNames.all.contains { text.hasPrefix("\($0): ") } } ?? false
            return isSetting ? "  \(setting!)" : line.hasPrefix("  #") ? "" : String(line)
        }
        let file = try folder.write(enabled.joined(separator: "\n"), to: "settings.yaml")
        let result = try await Command.run(["settings", "--effective", "--config", file.string])
        #expect(result.code == 0, "\(result.errors)")
        for text in ["lanes.network: 4", "spool.quiet_seconds: 0.2", "retry.delays: [4.0, 16.0, 64.0]", "network.max_bytes: 21474836480"] {
            #expect(result.output.contains("\(text)  # \(file.string)"))
        }
    }

    @Test func aFileThatOthersMayWriteIsRefused() async throws {
        let file = try folder.write("lanes:\n  network: 7\n", to: "settings.yaml")
        #expect(chmod(file.string, 0o666) == 0)
        let result = try await Command.run(["settings", "--effective", "--config", file.string])
        #expect(result.code == 4)
        #expect(result.errors.contains("chmod go-w"))
    }

    @Test func aFileInTheSpoolIsRefused() async throws {
        #expect(try await Command.run(["init", "--spool", spool]).code == 0)
        let file = try folder.write("lanes:\n  network: 7\n", to: "spool/incoming/settings.yaml")
        let result = try await Command.run(["run", "--spool", spool, "--config", file.string])
        #expect(result.code == 4)
        #expect(result.errors.contains("lies in the spool"))
    }

    @Test func addStatusListAndShowWorkTogether() async throws {
        let daemon = Daemon(spool: folder.path.appending("spool"))
        try await daemon.start()
        try await Speech.wav(Speech.library, at: folder.path.appending("talk.wav"))
        let added = try await Command.run(["add", folder.path.appending("talk.wav").string, "--json", "--spool", spool])
        #expect(added.code == 0, "\(added.errors)")
        let receipt = try SpoolJSON.decode(Receipt.self, from: Data(added.output.utf8))
        let jobID = try #require(receipt.jobs.first).jobID
        // As a preset's folder is made: sticky.
        try FileSystem.makeFolder(folder.path.appending("spool/incoming/interviews"), mode: FolderModes.control)
        #expect(chmod(folder.path.appending("spool/incoming/interviews").string, 0o3770) == 0)
        let followed = try await Command.run(["status", "--follow", "--spool", spool])
        #expect(followed.code == 0)
        #expect(followed.output.contains("\(jobID) completed 100%"))
        #expect(!followed.output.contains("\u{1B}"))
        let one = try await Command.run(["status", jobID, "--json", "--spool", spool])
        let sidecar = try SpoolJSON.decode(StatusSidecar.self, from: Data(one.output.utf8))
        #expect(sidecar.status == .completed)
        let listed = try await Command.run(["list", "--json", "--status", "completed", "--spool", spool])
        #expect(try SpoolJSON.decode(ListedPage.self, from: Data(listed.output.utf8)).jobs.map(\.jobID) == [jobID])
        let shown = try await Command.run(["show", try #require(sidecar.videoID), "--spool", spool])
        #expect(WordErrorRate.of(shown.output.split(separator: "\n").last.map { String($0) } ?? "", against: Speech.library) <= 0.05)
        #expect(try await Command.run(["show", jobID, "--spool", spool]).output.contains("videos/"))
        let rejected = try await Command.run(["add", try folder.write("x", to: "x.docx").string, "--spool", spool])
        #expect(rejected.code == 4)
        let report = try await Command.run(["report", "--spool", spool])
        #expect(report.output.trimmed == "\(spool)/report/index.html" && report.errors.contains("by itself"))
        let doctor = try await Command.run(["doctor", "--json", "--spool", spool])
        #expect(doctor.code == 0, "\(doctor.output)")
        #expect(try JSONSerialization.jsonObject(with: Data(doctor.output.utf8)) is [[String: Any]])
    }
}
