import Foundation
import SpoolFiles
import SystemPackage
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
        ("Страница", ["страница"]), ("iPhone™ №5", ["iphone", "5"]), ("ที่นี่", ["ทน"]), ("løs læs kıs", ["løs", "læs", "kıs"]),
        ("is as us", ["is", "as", "us"]),
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
    /// - Returns: what is made for each.
    @discardableResult
    private func add(_ names: some Sequence<String>, to blocks: inout SearchBlocks) -> [[SearchBlocks.Merge]] {
        names.map { name in
            let entry = SearchBlocks.Entry(video: name, stamp: 1, first: blocks.nextPassage, passages: 8, bytes: 60_000)
            let block = SearchBlocks.Block(id: blocks.nextBlock, entries: [entry])
            return blocks.add([block], nextPassage: blocks.nextPassage + 8, nextBlock: blocks.nextBlock + 1)
        }
    }

    private func addNothing(to blocks: inout SearchBlocks) -> [SearchBlocks.Merge] {
        blocks.add([], nextPassage: blocks.nextPassage, nextBlock: blocks.nextBlock)
    }

    @Test func everyVideoIsInOneBlockAndThereAreFew() {
        var blocks = SearchBlocks()
        add((0..<700).map { "v\($0)" }, to: &blocks)
        #expect(blocks.entries.map(\.video).sorted() == (0..<700).map { "v\($0)" }.sorted())
        #expect(blocks.blocks.count <= 6)
        #expect(Set(blocks.entries.map(\.first)).count == 700)
    }

    @Test func manyBlocksAtOnceBecomeOne() {
        var blocks = SearchBlocks()
        let new = (0..<40).map { number in
            SearchBlocks.Block(id: number, entries: [.init(video: "v\(number)", stamp: 1, first: number * 2000, passages: 2000, bytes: 1)])
        }
        let merges = blocks.add(new, nextPassage: 80_000, nextBlock: 40)
        #expect(blocks.blocks.count == 2)
        #expect(merges.map(\.parts.count).sorted() == [8, 32] && Set(merges.map(\.block.id)) == [40, 41])
        #expect(blocks.entries.count == 40)
    }

    @Test func theGreatestStayAsTheyAre() {
        var blocks = SearchBlocks()
        let new = (0..<3).map { number in
            SearchBlocks.Block(
                id: number, entries: [.init(video: "v\(number)", stamp: 1, first: number * 70_000, passages: 70_000, bytes: 1)])
        }
        #expect(blocks.add(new, nextPassage: 210_000, nextBlock: 3).isEmpty)
        #expect(blocks.blocks.count == 3)
    }

    @Test func oneMoreMostlyMakesOneSmallBlockAnew() {
        var blocks = SearchBlocks()
        add((0..<600).map { "v\($0)" }, to: &blocks)
        let made = add((0..<64).map { "new \($0)" }, to: &blocks)
        let small = made.count { $0.count == 1 && $0[0].block.entries.count <= 32 }
        #expect(small >= 60)
    }

    @Test func whatIsGoneIsStruckOutAndLeavesInTime() {
        var blocks = SearchBlocks()
        // One block.
        add((0..<32).map { "v\($0)" }, to: &blocks)
        var stamps = Dictionary(uniqueKeysWithValues: (0..<32).map { ("v\($0)", Int64(1)) })
        stamps["v3"] = nil
        stamps["v4"] = 2
        stamps["v500"] = 1
        let missing = blocks.strikeOut(allBut: stamps)
        #expect(missing == ["v4", "v500"])
        #expect(blocks.entries.count == 30 && blocks.blocks.flatMap(\.struckOut).map(\.video) == ["v3", "v4"])
        #expect(addNothing(to: &blocks).isEmpty, "two of many are worth no new files")
        let rest = blocks.strikeOut(allBut: ["v0": 1])
        let merges = addNothing(to: &blocks)
        #expect(rest.isEmpty && merges.count == 1)
        #expect(blocks.entries.map(\.video) == ["v0"] && blocks.blocks.flatMap(\.struckOut).isEmpty)
        #expect(blocks.strikeOut(allBut: [:]).isEmpty)
        #expect(addNothing(to: &blocks).isEmpty && blocks.blocks.isEmpty)
    }

    @Test func whatIsForgottenIsAddedAgain() {
        var blocks = SearchBlocks()
        add(["a", "b"], to: &blocks)
        blocks.forget { _ in true }
        #expect(blocks.strikeOut(allBut: ["a": 1, "b": 1]) == ["a", "b"])
    }

    @Test func itIsTheSameAfterBeingWrittenAndRead() throws {
        var blocks = SearchBlocks()
        add(["a", "b"], to: &blocks)
        let read = try SpoolJSON.decode(SearchBlocks.self, from: SpoolJSON.data(blocks))
        #expect(read == blocks && read.blocks.map(\.digest) == blocks.blocks.map(\.digest))
    }
}

struct SearchPostingCodeTests {
    private func postings(_ passages: some Sequence<Int>, _ weight: (Int) -> Int) -> [SearchPosting] {
        passages.map { SearchPosting(passage: $0, weight: weight($0)) }
    }

    @Test(arguments: [
        [], [7], [7, 8], Array(7..<70_000), Array(stride(from: 7, to: 60_000_000, by: 999_983)), [7, 500_000_000],
        Array(stride(from: 10, to: 100_000, by: 3)),
    ])
    func passagesAreReadAsTheyWereWritten(_ passages: [Int]) {
        for weight in [1, 2, 100] {
            let written = postings(passages) { ($0 * 2_654_435_761 >> 7) % weight + 1 }
            #expect(SearchPostingCode.decode(SearchPostingCode.encode(written, first: 7), first: 7) == written)
        }
    }

    @Test func aWordThatIsEverywhereTakesABitAPassage() {
        #expect(SearchPostingCode.encode(postings(0..<60_000) { _ in 1 }, first: 0).count < 10_100)
    }

    @Test func weightsComeInClasses() {
        let weights = SearchPostingCode.decode(SearchPostingCode.encode(postings(0..<12) { $0 + 1 }, first: 0), first: 0)?
            .map { SearchPosting.weights[$0.kind] }
        #expect(weights == [1, 2, 3, 3, 5, 5, 5, 8, 8, 8, 8, 8])
    }

    /// The browser's test reads the same.
    @Test(
        arguments: [
            ([], "-"), ([(100, 1)], "QPg"), ([(100, 2), (101, 9), (164, 1)], "RSBA6Ag"),
            ([(103, 3), (104, 3), (105, 5), (400, 8), (401, 2)], "o5WsA0JUcrA"),
        ] as [([(Int, Int)], String)])
    func aCodeIsTheSameForEver(_ said: [(passage: Int, weight: Int)], _ code: String) {
        let postings = said.map { SearchPosting(passage: $0.passage, weight: $0.weight) }
        #expect(String(decoding: SearchPostingCode.encode(postings, first: 100), as: UTF8.self) == code)
    }

    @Test func whatIsCutOffIsRefusedOrShort() {
        let written = postings(stride(from: 0, to: 4000, by: 7)) { $0 % 9 + 1 }
        let code = SearchPostingCode.encode(written, first: 0)
        for length in stride(from: 0, to: code.count, by: 5) {
            let read = SearchPostingCode.decode(code.prefix(length), first: 0)
            #expect(read == nil || read!.count < written.count)
        }
    }
}

struct SearchPassageTests {
    @Test func eachTextIsOneLineWithItsSecond() {
        var passage = SearchPassage(video: "v", title: "t", channel: nil, date: "")
        for (second, text) in [(0, "one\ntwo"), (1.5, "three\r\nfour"), (62.0004, ""), (63, "五\n六")] { passage.add(text, at: second) }
        #expect(passage.texts == "one two\nthree\r four\n\n五 六\n")
        #expect(passage.starts == "0.0 1.5 62.0 63.0 ")
        #expect(Set(passage.weights().keys) == ["t", "one", "two", "three", "four", "五", "六"])
    }
}

struct SearchShardsTests {
    private let root: TemporaryFolder

    init() throws {
        root = try TemporaryFolder()
        for folder in ["search", "search-text"] { try FileSystem.makeFolder(root.path.appending(folder)) }
    }

    /// Takes up videos of two passages each.
    private func take(_ videos: [(name: String, text: String)], behind blocks: inout SearchBlocks) throws -> [SearchBlocks.Merge] {
        let intake = SearchIntake(behind: blocks, root: root.path)
        for (name, text) in videos {
            var passage = SearchPassage(video: name, title: name, channel: nil, date: "")
            passage.add(text, at: 0)
            _ = try intake.add([passage, passage], of: name, stamp: 1)
        }
        let (new, nextPassage, nextBlock) = try intake.finish()
        return blocks.add(new, nextPassage: nextPassage, nextBlock: nextBlock)
    }

    private func carryOut(_ merges: [SearchBlocks.Merge]) async throws {
        for merge in merges { try await SearchShards(block: merge.block, root: root.path).write(from: merge.parts, width: 2) }
    }

    /// The videos that have a word, by the files of all blocks.
    private func videos(with word: String, in blocks: SearchBlocks) throws -> [String] {
        let found = try blocks.blocks.flatMap { block in
            try SearchShards(block: block, root: root.path).read(0, of: 1).filter { $0.term == word }
                .flatMap(\.postings).map(\.passage)
        }
        return blocks.entries.filter { entry in found.contains { $0 == entry.first } && found.contains { $0 == entry.first + 1 } }.map(
            \.video
        )
        .sorted()
    }

    /// Long enough for many files, and of few words.
    private func text(_ number: Int) -> String {
        String(repeating: "z", count: 25_000) + (0..<100).map { " w\(number)x\($0)" }.joined()
            + " all \(number.isMultiple(of: 2) ? "even" : "odd")"
    }

    @Test func wordsAreFoundInWhatWasPutTogether() async throws {
        var blocks = SearchBlocks()
        let names = (0..<24).map { "v\($0 + 10)" }
        let videos = names.enumerated().map { ($1, text($0)) }
        #expect(try take(Array(videos[..<20]), behind: &blocks).isEmpty)
        #expect(blocks.blocks[0].shards > 16)
        for video in videos[20...] { try await carryOut(try take([video], behind: &blocks)) }
        #expect(blocks.blocks.count == 1)
        #expect(try self.videos(with: "all", in: blocks) == names)
        #expect(try self.videos(with: "odd", in: blocks) == names.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
        for number in [0, 7, 21, 23] { #expect(try self.videos(with: "w\(number)x99", in: blocks) == [names[number]]) }
    }

    @Test func manyThreadsMayAdd() async throws {
        var blocks = SearchBlocks()
        let intake = SearchIntake(behind: blocks, root: root.path, atOnce: 10)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for number in 0..<25 {
                        let name = "v\(task)x\(number)"
                        var passage = SearchPassage(video: name, title: name, channel: nil, date: "")
                        passage.add("all", at: 0)
                        _ = try intake.add([passage, passage, passage], of: name, stamp: 1)
                    }
                }
            }
            try await group.waitForAll()
        }
        let (new, nextPassage, nextBlock) = try intake.finish()
        #expect(new.count == 25 && nextPassage == 300 && nextBlock == 25)
        try await carryOut(blocks.add(new, nextPassage: nextPassage, nextBlock: nextBlock))
        #expect(try videos(with: "all", in: blocks).count == 100)
        for name in ["v0x0", "v3x24", "v2x7"] { #expect(try videos(with: name, in: blocks) == [name]) }
    }

    @Test func whatIsStruckOutIsLeftOut() async throws {
        var blocks = SearchBlocks()
        _ = try take((0..<8).map { ("v\($0)", text($0)) }, behind: &blocks)
        #expect(blocks.strikeOut(allBut: ["v2": 1, "v5": 1]).isEmpty)
        let merges = blocks.add([], nextPassage: blocks.nextPassage, nextBlock: blocks.nextBlock)
        try await carryOut(merges)
        #expect(try videos(with: "all", in: blocks) == ["v2", "v5"])
        let terms = try SearchShards(block: blocks.blocks[0], root: root.path).read(0, of: 1)
        #expect(!terms.contains { $0.term == "w3x1" }, "nobody has it any more")
    }

    @Test(arguments: ["", "spoolscribeSearch.terms(\"0-0\",{\n\"all\":\"A\",\n})\n", "spoolscribeSearch.terms(\"0-0\",{\n\"all\":\"?"])
    func aFileThatWasChangedIsLost(_ content: String) async throws {
        var blocks = SearchBlocks()
        _ = try take([("a", "all")], behind: &blocks)
        let path = try root.write(content, to: SearchFiles.shard(0, of: blocks.blocks[0]))
        let merges = try take([("b", "all")], behind: &blocks)
        let lost = await #expect(throws: SearchShards.Lost.self) { try await carryOut(merges) }
        #expect(lost?.path == path && lost?.block == 0)
        blocks.undo(merges[0], without: 0)
        #expect(try videos(with: "all", in: blocks) == ["b"])
        #expect(blocks.strikeOut(allBut: ["a": 1, "b": 1]) == ["a"])
    }
}
