import Foundation
import SpoolFiles
import TestSupport
import Testing

@testable import Report

struct SearchTermsTests {
    private func terms(_ text: String) -> [String] {
        var terms: [String] = []
        SearchTerms.forEach(in: text) { terms.append(String(decoding: $0, as: UTF8.self)) }
        return terms
    }

    @Test(arguments: [
        ("The Harbour's 2 ferries", ["the", "harbour", "s", "2", "ferry"]),
        ("buses, glass, status, shoes", ["buse", "glass", "status", "shoes"]),
        ("Zürich ÉTÉ naïve", ["zurich", "ete", "naive"]), ("ΟΔΟΣ οδος", ["οδοσ", "οδοσ"]), ("図書館へ", ["図書", "書館", "館へ"]),
        ("2026年の", ["2026", "年の"]), ("字", ["字"]), ("", []), ("—!?", []), ("ﬁne ½", ["fine", "1", "2"]),
        ("Страница", ["страница"]), ("iPhone™ №5", ["iphone", "5"]), ("ที่นี่", ["ทน"]), ("is as us", ["is", "as", "us"]),
    ])
    func textBecomesTerms(_ text: String, _ expected: [String]) { #expect(terms(text) == expected) }

    @Test func whetherATextIsASCIIMakesNoDifference() {
        let text = "Harbours, buses and 20 boxes of 'glass'"
        #expect(terms("\(text) ü").dropLast() == terms(text)[...])
    }

    @Test func aTermOfAThousandLettersIsCut() { #expect(terms(String(repeating: "a", count: 1000)) == [String(repeating: "a", count: 40)]) }
}

struct SearchBlocksTests {
    /// Adds one after the other, as a daemon does.
    private func add(_ names: some Sequence<String>, to blocks: inout SearchBlocks) {
        for name in names {
            blocks.add([.init(number: blocks.takeNumber(), video: name, stamp: 1, passages: 2, bytes: 9000)])
        }
    }

    @Test func everyVideoIsInOneBlockAndThereAreFew() {
        var blocks = SearchBlocks()
        add((0..<3000).map { "v\($0)" }, to: &blocks)
        #expect(blocks.entries.map(\.video).sorted() == (0..<3000).map { "v\($0)" }.sorted())
        #expect(blocks.blocks.count <= 12)
        #expect(Set(blocks.entries.map(\.number)).count == 3000)
        var atOnce = SearchBlocks()
        atOnce.add((0..<10_000).map { .init(number: $0, video: "v\($0)", stamp: 1, passages: 1, bytes: 1) })
        #expect(atOnce.blocks.count <= 12 && atOnce.entries.count == 10_000)
    }

    @Test func oneMoreMostlyMakesOneSmallBlockAnew() {
        var blocks = SearchBlocks()
        add((0..<2500).map { "v\($0)" }, to: &blocks)
        var small = 0
        for number in 0..<64 {
            let before = Set(blocks.blocks.map(\.id))
            add(["new \(number)"], to: &blocks)
            let new = blocks.blocks.filter { !before.contains($0.id) }
            if new.count == 1, new[0].entries.count <= 32 { small += 1 }
        }
        #expect(small >= 62)
    }

    @Test func whatIsGoneIsStruckOutAndLeavesInTime() {
        var blocks = SearchBlocks()
        add((0..<200).map { "v\($0)" }, to: &blocks)
        var stamps = Dictionary(uniqueKeysWithValues: (0..<200).map { ("v\($0)", Int64(1)) })
        stamps["v3"] = nil
        stamps["v4"] = 2
        stamps["v500"] = 1
        let missing = blocks.strikeOut(allBut: stamps)
        #expect(missing == ["v4", "v500"])
        #expect(blocks.entries.count == 198 && blocks.blocks.flatMap(\.dead).count == 2)
        let ids = Set(blocks.blocks.map(\.id))
        blocks.add([])
        #expect(Set(blocks.blocks.map(\.id)) == ids, "two of many are worth no new files")
        let rest = blocks.strikeOut(allBut: ["v0": 1])
        blocks.add([])
        #expect(rest.isEmpty && blocks.entries.map(\.video) == ["v0"] && blocks.blocks.flatMap(\.dead).isEmpty)
    }

    @Test func itIsTheSameAfterBeingWrittenAndRead() throws {
        var blocks = SearchBlocks()
        add(["a", "b"], to: &blocks)
        let read = try SpoolJSON.decode(SearchBlocks.self, from: SpoolJSON.data(blocks))
        #expect(read == blocks && read.blocks.map(\.digest) == blocks.blocks.map(\.digest))
    }
}

struct SearchFilesTests {
    @Test func aPassageIsReadAsItWasWritten() throws {
        var passage = SearchPassage(video: "web-1", title: "A \"title\" with ) and {\n", channel: nil, date: "25 Nov 2026")
        passage.about = ["b"]
        passage.pieces = [.init(start: 1.5, text: "Hello\u{2028}there )\n"), .init(start: nil, text: "{")]
        let read = try SearchFiles.passage(in: SearchFiles.data(passage, 0, of: 7))
        #expect(read.title == passage.title && read.about == ["b"] && read.comments == nil)
        #expect(read.pieces.map(\.text) == passage.pieces.map(\.text) && read.pieces.map(\.start) == [1.5, nil])
    }
}
