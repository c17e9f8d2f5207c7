import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Report

struct SitePublisherTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func publisher(maker: String = "1") throws -> SitePublisher { try SitePublisher(root: folder.path, maker: maker) }
    private func inode(_ name: String) -> UInt64? { FileSystem.attributes(of: folder.path.appending(name))?.inode }

    @Test func aChangeThatLeavesTheLengthAndTheHeadIsWritten() throws {
        var publisher = try publisher()
        let head = String(repeating: "<!doctype html>", count: 20)
        for percent in ["57", "58"] {
            try publisher.publish(Data("\(head)\(percent) %".utf8), at: "jobs.html")
            try publisher.endRound()
            #expect(String(decoding: try FileSystem.read(folder.path.appending("jobs.html")), as: UTF8.self).hasSuffix("\(percent) %"))
        }
    }

    @Test func theSameWordsAreNotWrittenAgainAlsoNotByANewProcess() throws {
        var first = try publisher()
        try first.publish(Data("same".utf8), at: "a.html")
        try first.endRound()
        let before = inode("a.html")
        try first.publish(Data("same".utf8), at: "a.html")
        try first.endRound()
        var second = try publisher()
        try second.publish(Data("same".utf8), at: "a.html")
        try second.endRound()
        #expect(before != nil && inode("a.html") == before)
    }

    @Test func whatARoundDoesNotNameIsRemovedAndOtherPeoplesFilesStay() throws {
        try folder.write("logo", to: "logo.png")
        try folder.write("old", to: "unknown.html")
        var first = try publisher()
        try first.publish(Data("a".utf8), at: "jobs/a.html")
        try first.publish(Data("b".utf8), at: "jobs/b.html")
        try first.endRound()
        #expect(inode("unknown.html") == nil)
        var second = try publisher()
        try second.publish(Data("b".utf8), at: "jobs/b.html")
        try second.endRound()
        #expect(!FileSystem.exists(folder.path.appending("jobs").appending("a.html")))
        #expect(FileSystem.exists(folder.path.appending("jobs").appending("b.html")) && inode("logo.png") != nil)
        var third = try publisher()
        let isForgotten = third.needs("jobs/a.html", from: 1)
        #expect(isForgotten)
    }

    @Test func theLedgerStaysAsLongAsTheSite() throws {
        var publisher = try publisher()
        for number in 0..<2500 {
            try publisher.publish(Data("\(number)".utf8), at: "index.html")
            try publisher.endRound()
        }
        let lines = try FileSystem.read(folder.path.appending(".ledger")).count { $0 == UInt8(ascii: "\n") }
        #expect(lines < 1100)
        var second = try self.publisher()
        let isKnown = !second.needs("index.html", from: try #require(publisher.source(of: "index.html")))
        #expect(isKnown)
    }

    @Test func whatWasBeingWrittenIsRemoved() throws {
        try folder.write("half", to: ".123.tmp")
        _ = try publisher()
        #expect(inode(".123.tmp") == nil)
    }

    @Test func anotherMakerMakesAllPagesAnew() throws {
        var first = try publisher()
        try first.write(Data("a".utf8), at: "a.html", from: 7)
        try first.endRound()
        var second = try publisher()
        let (same, changed) = (second.needs("a.html", from: 7), second.needs("a.html", from: 8))
        #expect(!same && changed)
        var third = try publisher(maker: "2")
        let isStale = third.needs("a.html", from: 7)
        #expect(isStale)
    }

    @Test func aLedgerThatWasCutOffCostsNoMoreThanTheLinesThatAreGone() throws {
        var first = try publisher()
        for name in ["a.html", "b.html"] { try first.write(Data(name.utf8), at: name, from: 7) }
        try first.endRound()
        let ledger = folder.path.appending(".ledger")
        try AtomicFile.write(try FileSystem.read(ledger).dropLast(3), to: ledger)
        var second = try publisher()
        var stale = 0
        for name in ["a.html", "b.html"] where second.needs(name, from: 7) { stale += 1 }
        #expect(stale == 1)
        // A page that somebody removed is made again.
        try FileSystem.remove(folder.path.appending("a.html"))
        try FileSystem.remove(folder.path.appending("b.html"))
        var third = try publisher()
        for name in ["a.html", "b.html"] {
            let isStale = third.needs(name, from: 7)
            #expect(isStale)
        }
    }
}

struct PageRangesTests {
    @Test func everyEntryIsOnOnePageInItsOrder() {
        var numbers: [Int64] = []
        var next: Int64 = 0
        for step in 0..<3000 {
            next += Int64(1 + step * 7919 % 97)
            numbers.append(next)
        }
        let pages = PageRanges.pages(of: numbers, limit: 100)
        #expect(pages.flatMap { Array($0.entries) } == Array(numbers.indices))
        #expect(pages.allSatisfy { (1...100).contains($0.entries.count) })
        #expect(Set(pages.map(\.first)).count == pages.count)
        #expect(pages.count <= 60)
    }

    @Test func oneMoreOrLessChangesOnePageOrCutsItInTwo() {
        let numbers = (0..<1000).map { Int64($0 * 3) }
        func contents(_ numbers: [Int64]) -> [Int64: [Int64]] {
            Dictionary(uniqueKeysWithValues: PageRanges.pages(of: numbers, limit: 100).map { ($0.first, Array(numbers[$0.entries])) })
        }
        let before = contents(numbers)
        for added in [Int64(1), 1000, 2999, 3001, 50_000] {
            let after = contents((numbers + [added]).sorted())
            #expect(Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.count <= 2, "\(added)")
        }
        for removed in [0, 500, 999] {
            var fewer = numbers
            fewer.remove(at: removed)
            let after = contents(fewer)
            #expect(Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.count <= 2, "\(removed)")
        }
    }

    @Test func nothingHasNoPage() { #expect(PageRanges.pages(of: [], limit: 100).isEmpty) }
}
