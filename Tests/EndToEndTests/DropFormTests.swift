import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// One row of the table of drop forms in `docs/spool-and-bundle.md` each, on the real daemon.
@Suite(.serialized) struct DropFormTests {
    private let folder: TemporaryFolder
    private let daemon: Daemon

    init() async throws {
        folder = try TemporaryFolder()
        let settings = try folder.write(
            "presets:\n  interviews:\n    language: en\n    priority: 3\n    hotwords: Ångström\n    tags: [oral history]\n",
            to: "settings.yaml")
        // No stage starts: these tests are about taking.
        daemon = Daemon(
            spool: folder.path.appending("spool"), set: ["disk.floor=1125899906842624"],
            environment: ["SPOOLSCRIBE_CONFIG": settings.string])
        try await daemon.start()
    }

    private func taken(_ data: Data, as name: String, in place: DropPlace = DropPlace(.incoming)) async throws -> Receipt {
        let earlier = try? SpoolJSON.read(Receipt.self, at: daemon.layout.receipt(for: name, in: place.folder)).dropID
        try daemon.drop(data, as: name, in: place)
        return try await daemon.receipt(for: name, in: place.folder, after: earlier)
    }

    private func taken(_ text: String, as name: String) async throws -> Receipt { try await taken(Data(text.utf8), as: name) }

    @Test func listsAsEditorsOnAllSystemsWriteThem() async throws {
        let text = "# Talks of the week \u{2013} with a dash\r\nhttps://example.org/a.mp4\r\n\r\nhttps://example.org/b.mp4"
        let little = Data([0xFF, 0xFE]) + text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let big = Data([0xFE, 0xFF]) + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        let ansi = Data(text.utf8.map { $0 }).replacing(Array("\u{2013}".utf8), with: [0x96])
        for (index, data) in [Data(text.utf8), Data([0xEF, 0xBB, 0xBF]) + Data(text.utf8), little, big, ansi].enumerated() {
            for ending in [".txt", ".list", ".urls", ""] {
                let receipt = try await taken(data, as: "talks\(index)\(ending)")
                #expect(receipt.outcome == .accepted, "\(index)\(ending): \(receipt.refused)")
                #expect(receipt.jobs.map(\.url) == ["https://example.org/a.mp4", "https://example.org/b.mp4"])
            }
        }
    }

    @Test func shortcutsOfThreeSystems() async throws {
        let url = "https://example.org/a.mp4"
        let webloc = """
            <?xml version="1.0" encoding="UTF-8"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
            <plist version="1.0"><dict><key>URL</key><string>\(url)</string></dict></plist>
            """
        #expect(try await taken("[InternetShortcut]\r\nURL=\(url)\r\n", as: "a.url").jobs.map(\.url) == [url])
        #expect(try await taken("[Desktop Entry]\nType=Link\nURL=\(url)\n", as: "a.desktop").jobs.map(\.url) == [url])
        #expect(try await taken(webloc, as: "a.webloc").jobs.map(\.url) == [url])
    }

    @Test func specsInFourFormats() async throws {
        let one = "{\"url\": \"https://example.org/a.mp4\", \"priority\": 2}"
        #expect(try await taken(one, as: "one.json").jobs.count == 1)
        #expect(try await taken("[\(one), {\"url\": \"https://example.org/b.mp4\"}]", as: "two.json").jobs.count == 2)
        let lines = try await taken("\(one)\n{\"url\": 7}\n\n{]\n{\"url\": \"https://example.org/c.mp4\"}\n", as: "lines.jsonl")
        #expect(lines.outcome == .partly)
        #expect(lines.jobs.count == 2)
        #expect(lines.refused.map(\.line) == [2, 4])
        let yaml = try await taken(
            "- url: https://example.org/d.mp4\n  tags: [a, \"5\"]\n  language: en\n- url: https://example.org/e.mp4\n  priority: high\n",
            as: "specs.yaml")
        #expect(yaml.jobs.count == 1)
        #expect(yaml.refused.first?.reason == "spec 2, field \"priority\": it is a text where a whole number from 1 to 10 was expected")
        #expect(try await taken("url: https://example.org/f.mp4\n", as: "one.yml").jobs.count == 1)
        let jobID = try #require(yaml.jobs.first).jobID
        let job = try await daemon.job(jobID, "there") { _ in true }
        #expect(job.spec.tags == ["a", "5"])
    }

    @Test func oneBadLineIsRefusedAndTheRestGoesOn() async throws {
        let links = (1...3000).map { "https://example.org/\($0).mp4" }
        let receipt = try await taken((links + ["htp:/broken", "file:///etc/passwd"]).joined(separator: "\n"), as: "many.txt")
        #expect(receipt.outcome == .partly)
        #expect(receipt.jobs.count == 3000)
        #expect(receipt.refused.map(\.line) == [3001, 3002])
        #expect(receipt.refused.map(\.text) == ["htp:/broken", "file:///etc/passwd"])
        #expect(receipt.refused.allSatisfy { $0.hint != nil })
    }

    @Test func whatWasRefusedOfADropLiesInRejectedToo() async throws {
        let receipt = try await taken("https://example.org/a.mp4\nhtp:/broken\n", as: "half.txt")
        #expect(receipt.outcome == .partly)
        let reason = daemon.layout.rejectionReason(for: "half.txt", in: .incoming)
        #expect(try SpoolJSON.read(Receipt.self, at: reason) == receipt)
        #expect(try FileSystem.list(daemon.layout.rejected(.incoming)).map(\.string) == [try #require(reason.lastComponent).string])
        let index = daemon.layout.report.appending("index.html")
        func page() -> String { (try? FileSystem.read(index)).map { String(decoding: $0, as: UTF8.self) } ?? "" }
        try await eventually("the page to tell of it") { page().contains("one part could not be used") }
        #expect(page().contains("line 2: "))
        // Put right and dropped again, it is no more to be told.
        #expect(
            try await daemon.ask("https://example.org/a.mp4\nhttps://example.org/b.mp4\n", as: "half.txt", in: .incoming).refused.isEmpty)
        try await eventually("the page to forget it") { !page().contains("one part could not be used") }
    }

    @Test func whatCannotBeHeardIsRefusedWithWhatToDo() async throws {
        let archive = try await taken("PK\u{3}\u{4}\0\0", as: "talks.zip")
        #expect(archive.refused.first?.hint == "Unpack it, and drop the folder")
        #expect(try await taken("GIF89a\0", as: "me.gif").refused.first?.reason.contains("holds no sound") == true)
        // In a folder the receipt says which file asked for what.
        let source = folder.path.appending("Course")
        try folder.write("https://example.org/one.mp4\n", to: "Course/week 1/links.txt")
        try FileSystem.move(source, to: daemon.layout.control(.incoming).appending("Course"))
        #expect(try await daemon.receipt(for: "Course").jobs.map(\.file) == ["week 1/links.txt"])
        let near = try await taken("{\"url\": \"https://example.org/a.mp4\", \"langauge\": \"de\"}", as: "near.json")
        #expect(near.refused.first?.hint == "Did you mean language?")
    }

    @Test func addressesOfOneVideoAreOneJob() async throws {
        let forms = [
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ?si=abc",
            "https://m.youtube.com/watch?v=dQw4w9WgXcQ&t=43s",
            "https://www.youtube.com/shorts/dQw4w9WgXcQ", "https://youtube.com/embed/dQw4w9WgXcQ?feature=share",
            "https://music.youtube.com/watch?v=dQw4w9WgXcQ&list=RD", "https://www.youtube.com/live/dQw4w9WgXcQ",
            "http://YOUTUBE.com/watch?v=dQw4w9WgXcQ#x", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
            "https://www.youtube.com/watch?utm_source=x&v=dQw4w9WgXcQ",
        ]
        for (index, form) in forms.enumerated() { try daemon.drop(form, as: "form\(index).txt") }
        var jobs: [Receipt.Job] = []
        for index in forms.indices { jobs += try await daemon.receipt(for: "form\(index).txt").jobs }
        #expect(Set(jobs.map(\.jobID)).count == 1)
        #expect(jobs.count { $0.alreadyThere == nil } == 1)
        #expect(jobs.allSatisfy { $0.note == nil })
        let german = try #require(
            try await taken("{\"url\": \"https://youtu.be/dQw4w9WgXcQ\", \"language\": \"de\"}", as: "german.json").jobs.first)
        #expect(german.alreadyThere == true && german.status == .pending)
        #expect(german.note?.contains("without language de") == true)
        let forced = try await taken("{\"url\": \"https://youtu.be/dQw4w9WgXcQ\", \"force\": true}", as: "forced.json")
        #expect(forced.jobs.first?.alreadyThere == nil)
    }

    @Test func internationalAndEncodedAddresses() async throws {
        let receipt = try await taken(
            "https://müller.example/Gespräch.mp4\nhttps://xn--mller-kva.example/Gespr%c3%a4ch%2Emp4\n", as: "intl.txt")
        #expect(receipt.jobs.map(\.url) == Array(repeating: "https://xn--mller-kva.example/Gespr%C3%A4ch.mp4", count: 2))
        #expect(receipt.jobs.map(\.alreadyThere) == [nil, true])
    }

    @Test func namesAtTheLimitsOfTheFileSystem() async throws {
        let long = String(repeating: "ü", count: 125) + ".txt"
        #expect(long.utf8.count == 254)
        #expect(try await taken("https://example.org/long.mp4", as: long).jobs.count == 1)
        let stored = try FileSystem.list(daemon.layout.receipts(.incoming)).map(\.string)
        #expect(stored.contains { $0.hasPrefix("üü") && $0.hasSuffix(".json") && $0.utf8.count <= 255 })
        // A name that is not UTF-8, as old disks have it.
        let latin = try folder.write("https://example.org/latin.mp4", to: "latin")
        try await Tool.run("sh", ["-c", "mv \(latin.string) \"$(printf '\(daemon.layout.control(.incoming).string)/caf\\351.txt')\""])
        let receipt = try await daemon.receipt(for: "caf%E9.txt")
        #expect(receipt.jobs.count == 1)
        try await eventually("the drop to be put away, behind its receipt") {
            FileSystem.exists(daemon.layout.accepted(receipt.dropID, day: receipt.at.day).appending("caf%E9.txt"))
        }
    }

    @Test func theFolderOfAFormerPresetGoes() async throws {
        let place = daemon.layout.control(DropPlace(.incoming, preset: "interviews"))
        #expect(FileSystem.exists(place))
        try await daemon.stop()
        let other = Daemon(spool: daemon.layout.root, set: ["disk.floor=1125899906842624"])
        try await other.start()
        #expect(!FileSystem.exists(place))
        // What is taken next was dropped after the folder was looked at: no answer to it will come.
        #expect(try await other.ask("https://example.org/a.mp4", as: "a.txt", in: .incoming).jobs.count == 1)
        #expect(!FileSystem.exists(other.layout.receipt(for: "interviews", in: .incoming)))
        try await other.stop()
    }

    @Test func aPresetGivesItsValuesAndTheSpecWins() async throws {
        let place = DropPlace(.incoming, preset: "interviews")
        let receipt = try await taken(
            Data("[{\"url\": \"https://example.org/a.mp4\"}, {\"url\": \"https://example.org/b.mp4\", \"priority\": 9}]".utf8),
            as: "jobs.json",
            in: place)
        #expect(receipt.preset == "interviews")
        let jobs = try await daemon.waitingSidecars(2).sorted { $0.jobID == receipt.jobs[0].jobID && $1.jobID != $0.jobID }
        #expect(jobs.map(\.priority) == [3, 9])
        #expect(jobs.allSatisfy { $0.spec.language == "en" && $0.spec.hotwords == "Ångström" && $0.spec.tags == ["oral history"] })
    }

    @Test func aRecordingTakesItsCompanionsAndItsSpecAlong() async throws {
        let source = folder.path.appending("Interview")
        try FileSystem.makeFolder(source)
        try await Speech.wav(Speech.library, at: source.appending("talk.wav"))
        try await Speech.wav(Speech.library, at: source.appending("other.wav"))
        for (name, text) in [
            ("talk.info.json", "{\"id\": \"1\", \"title\": \"A talk\"}"), ("talk.de.vtt", "WEBVTT\n"), ("talk.jpg", "not looked at"),
            ("job.yaml", "file: other.wav\npriority: 1\ntitle: The other\n"), ("bad.json", "{\"file\": \"absent.wav\"}"),
        ] {
            try folder.write(text, to: "Interview/\(name)")
        }
        try await Tool.run("mv", [source.string, daemon.layout.control(.incoming).string])
        let receipt = try await daemon.receipt(for: "Interview")
        #expect(Set(receipt.jobs.map(\.file)) == ["talk.wav", "other.wav"])
        #expect(receipt.refused.map(\.file) == ["bad.json"])
        let jobs = try await daemon.waitingSidecars(2)
        let talk = try #require(jobs.first { $0.spec.file == "talk.wav" })
        let place = daemon.layout.job(talk.jobID, in: talk.status, endedOn: nil)
        #expect(
            Set(try FileSystem.list(place).map(\.string)) == [
                SpoolLayout.sidecarName, "source.wav", "info.json", "captions", "site_thumbnail.jpg",
            ])
        #expect(jobs.contains { $0.title == "The other" && $0.priority == 1 })
    }

    @Test func theSameNameAgainGetsItsOwnReceipt() async throws {
        let first = try await taken("https://example.org/1.mp4", as: "talk.txt")
        let second = try await taken("https://example.org/2.mp4", as: "talk.txt")
        #expect(second.dropID != first.dropID)
        let kept = try SpoolJSON.read(Receipt.self, at: daemon.layout.earlierReceipt(of: first.dropID, day: first.at.day))
        #expect(kept == first)
    }

    @Test func whatIsTooDeepOrTooLargeIsRefusedWithTheReason() async throws {
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        #expect(try await taken(deep, as: "deep.json").outcome == .rejected)
        #expect(try await taken(deep, as: "deep.yaml").refused.first?.reason.contains("nested") == true)
        let middling = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        #expect(try await taken(middling, as: "middling.json").refused.first?.reason.contains("levels deep") == true)
        var bomb = "a: &b0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 { bomb += "b\(level): &b\(level) [\(Array(repeating: "*b\(level - 1)", count: 10).joined(separator: ", "))]\n" }
        #expect(try await taken(bomb, as: "bomb.yaml").refused.first?.reason.contains("too many values") == true)
        let keys = bomb + (1...17).map { "k\($0): *b0\n" }.joined() + "? *b12\n: x\n"
        #expect(try await taken(keys, as: "keys.yaml").outcome == .rejected)
        let few = (0...12).reduce("") { text, level in
            text
                + "b\(level): &b\(level) [\(level == 0 ? "x, x" : Array(repeating: "*b\(level - 1)", count: 10).joined(separator: ", "))]\n"
        }
        #expect(try await taken(few + "? *b12\n: x\n", as: "few.yaml").outcome == .rejected)
        let large = Data("[\"\(String(repeating: "x", count: 100_000_000))\"]".utf8)
        let receipt = try await taken(large, as: "large.json")
        #expect(receipt.refused.first?.reason.contains("100000004 bytes") == true)
        #expect(receipt.refused.first?.hint?.contains("smaller files") == true)
    }

    @Test func aLineWithMoreThanALinkSaysSo() async throws {
        let receipt = try await taken("Dear all, see https://example.org/x.mp4 thanks\nwww.example.org/y.mp4\n", as: "mail.txt")
        #expect(receipt.refused.map(\.reason) == ["there is more than a link in the line", "it is not a whole web address"])
        #expect(receipt.refused.first?.hint?.hasSuffix("https://example.org/x.mp4") == true)
        #expect(receipt.refused.last?.hint?.contains("https://www.example.org/y.mp4") == true)
    }

    @Test func emptyUnknownAndLonelyFilesSayWhatWouldWork() async throws {
        for (name, text) in [
            ("empty.txt", ""), ("letter.doc", "Dear all"), ("comments.txt", "# nothing\n"), ("talk.srt", "1\n"),
            ("spec.json", "{\"file\": \"a.mp4\"}"),
        ] {
            let receipt = try await taken(text, as: name)
            #expect(receipt.outcome == .rejected)
            #expect(receipt.refused.first?.hint?.isEmpty == false, "\(name)")
        }
    }
}
