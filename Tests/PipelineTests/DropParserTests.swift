import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

struct DropParserTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func parse(_ text: String, as name: String) throws -> ParsedDrop {
        DropParser(models: JobSpec.models).parse(try folder.write(text, to: name))
    }

    private func urls(_ drop: ParsedDrop) -> [String] { drop.jobs.compactMap(\.spec.url) }

    @Test(arguments: ["links.txt", "links.urls", "links.list", "links"])
    func aListHasOneLinkALine(name: String) throws {
        let drop = try parse("\u{FEFF}# talks\r\n\r\nhttps://example.org/a.mp4\r\n  https://example.org/b.mp4  \r\n", as: name)
        #expect(urls(drop) == ["https://example.org/a.mp4", "https://example.org/b.mp4"])
        #expect(drop.refused.isEmpty)
    }

    @Test func oneBadLineIsRefusedAndTheRestGoesOn() throws {
        let drop = try parse("https://example.org/a.mp4\nftp://example.org/b\nnonsense\nhttps://example.org/c.mp4\n", as: "links.txt")
        #expect(urls(drop).count == 2)
        #expect(drop.refused.map(\.line) == [2, 3])
        #expect(drop.refused.map(\.text) == ["ftp://example.org/b", "nonsense"])
    }

    @Test func notepadsUTF16IsRead() throws {
        let text = "https://example.org/ü.mp4\r\n"
        for (mark, endian) in [([0xFF, 0xFE] as [UInt8], String.Encoding.utf16LittleEndian), ([0xFE, 0xFF], .utf16BigEndian)] {
            let path = try folder.write(Data(mark) + (text.data(using: endian) ?? Data()), to: "links.txt")
            #expect(urls(DropParser(models: JobSpec.models).parse(path)) == ["https://example.org/%C3%BC.mp4"])
        }
    }

    @Test func shortcutsOfAllThreeSystems() throws {
        let windows = try parse(
            "[{000214A0}]\r\nProp3=19,11\r\n[InternetShortcut]\r\nIDList=\r\nURL=https://example.org/a.mp4\r\n", as: "a.url")
        let linux = try parse("[Desktop Entry]\nType=Link\nName=Talk\nURL=https://example.org/a.mp4\n", as: "a.desktop")
        let mac = try parse(
            "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>URL</key><string>https://example.org/a.mp4</string></dict></plist>",
            as: "a.webloc")
        for drop in [windows, linux, mac] { #expect(urls(drop) == ["https://example.org/a.mp4"]) }
    }

    @Test func binaryWeblocs() throws {
        let data = try PropertyListSerialization.data(fromPropertyList: ["URL": "https://example.org/a.mp4"], format: .binary, options: 0)
        #expect(urls(DropParser(models: JobSpec.models).parse(try folder.write(data, to: "a.webloc"))) == ["https://example.org/a.mp4"])
    }

    @Test(arguments: [
        ("a.url", "[Other]\nURL=https://example.org/\n"), ("a.desktop", "[Desktop Entry]\nExec=rm -rf /\n"), ("a.webloc", "<plist/>"),
        ("a.txt", "# only\n"),
        ("a.json", "{"), ("a.json", "[]"), ("a.json", "3"), ("a.docx", "text"), ("a.txt", ""),
    ])
    func whatCannotBeUnderstoodIsRefusedWithAHint(name: String, text: String) throws {
        let drop = try parse(text, as: name)
        #expect(drop.jobs.isEmpty)
        #expect(drop.refused.count == 1)
        #expect(drop.refused.first?.hint?.isEmpty == false)
    }

    @Test func specsKeepTheirFields() throws {
        let text = """
            [{"url": "https://example.org/a.mp4", "priority": 2, "language": "de", "task": "translate", "tags": ["x", "y"], "max_retries": 0,
              "force_whisper": true, "title": "Talk"}, {"url": "https://example.org/b.mp4"}]
            """
        let drop = try parse(text, as: "jobs.json")
        let spec = try #require(drop.jobs.first).spec
        #expect(drop.jobs.count == 2)
        #expect(spec.priority == 2)
        #expect(spec.language == "de")
        #expect(spec.task == .translate)
        #expect(spec.tags == ["x", "y"])
        #expect(spec.maxRetries == 0)
        #expect(spec.forceWhisper == true)
        #expect(spec.title == "Talk")
    }

    @Test(arguments: [
        ("{\"url\": \"https://example.org/\", \"priorty\": 1}", "\"priorty\"", "no such field"),
        ("{\"url\": \"https://example.org/\", \"priority\": \"high\"}", "\"priority\"", "a text where a whole number from 1 to 10"),
        ("{\"url\": \"https://example.org/\", \"priority\": 11}", "\"priority\"", "11 where a whole number from 1 to 10"),
        ("{\"url\": \"https://example.org/\", \"force\": 1}", "\"force\"", "a whole number where true or false"),
        ("{\"url\": \"https://example.org/\", \"tags\": [1]}", "\"tags\"", "an array of texts"),
        ("{\"url\": \"https://example.org/\", \"model_size\": \"/tmp/mine\"}", "\"model_size\"", "tiny.en"),
        ("{\"url\": 5}", "\"url\"", "a whole number where a text"),
        ("{\"title\": \"x\"}", "url", "no field url"),
    ])
    func aRefusalNamesTheFieldTheTypeAndWhatWasExpected(text: String, field: String, words: String) throws {
        let refusal = try #require(try parse(text, as: "job.json").refused.first)
        #expect(refusal.reason.contains(field))
        #expect(refusal.reason.contains(words))
    }

    @Test func oneBadSpecOfAnArrayIsRefusedByItsNumber() throws {
        let drop = try parse("[{\"url\": \"https://example.org/\"}, {\"url\": \"https://example.org/\", \"x\": 1}]", as: "jobs.json")
        #expect(drop.jobs.count == 1)
        #expect(drop.refused.first?.reason.contains("spec 2") == true)
    }

    @Test func recordingsAreJobsWithoutADownload() throws {
        for name in ["talk.MP4", "talk.wav", "talk.xyz"] {
            let drop = DropParser(models: JobSpec.models).parse(try folder.write(Data([0, 1, 2, 3]), to: name))
            #expect(drop.jobs.map(\.source) == [.recording(name)])
        }
    }

    @Test func linksAndFIFOsAndHugeListsAreRefused() throws {
        let link = folder.path.appending("link.txt")
        try FileManager.default.createSymbolicLink(atPath: link.string, withDestinationPath: "/etc/passwd")
        #expect(DropParser(models: JobSpec.models).parse(link).refused.first?.reason.contains("symbolic link") == true)
        let fifo = folder.path.appending("fifo.txt")
        #expect(mkfifo(fifo.string, 0o600) == 0)
        #expect(DropParser(models: JobSpec.models).parse(fifo).refused.first?.reason.contains("regular") == true)
        let huge = try folder.write(Data(repeating: 0x23, count: 2 << 20), to: "huge.txt")
        #expect(DropParser(models: JobSpec.models).parse(huge).refused.count == 1)
    }
}
