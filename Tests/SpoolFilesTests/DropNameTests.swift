import SpoolFiles
import Testing

struct DropNameTests {
    @Test(arguments: [
        ".hidden", "README.txt", "README", "~$minutes.docx", "@eaDir", ".stfolder", "Thumbs.db", ".DS_Store", ".nfs0001", "film.mp4.part",
        "upload.tmp", "talk.mp4.crdownload", "TALK.PART",
    ])
    func leftoversAreNoDrops(name: String) {
        #expect(DropName.isIgnored(name))
    }

    @Test(arguments: ["talk.url", "part.txt", "links", "Übung.mp4", "a b.webloc", "readme.txt"])
    func otherNamesAre(name: String) {
        #expect(!DropName.isIgnored(name))
    }

    @Test func aShortNameOnlyGetsTheSuffix() {
        #expect(DropName.fitting("talk.url", suffix: ".json") == "talk.url.json")
    }

    @Test func aLongNameIsCutAtACharacterAndStaysItself() {
        let long = String(repeating: "ü", count: 127)
        let one = DropName.fitting(long, suffix: ".reason.json")
        let other = DropName.fitting(long.dropLast() + "x", suffix: ".reason.json")
        #expect(one.utf8.count <= 255)
        #expect(one.hasSuffix(".reason.json"))
        #expect(one.contains("~"))
        #expect(one != other)
    }

    @Test func stemAndExtension() {
        #expect(DropName.stem("talk.part.URL") == "talk.part")
        #expect(DropName.fileExtension("talk.part.URL") == "url")
        #expect(DropName.fileExtension(".url") == "")
        #expect(DropName.stem("links") == "links")
    }
}
