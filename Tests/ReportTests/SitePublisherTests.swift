import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Report

struct SitePublisherTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aChangeThatLeavesTheLengthAndTheHeadIsWritten() throws {
        var publisher = SitePublisher(root: folder.path)
        let head = String(repeating: "<!doctype html>", count: 20)
        for percent in ["57", "58"] {
            try publisher.publish(Data("\(head)\(percent) %".utf8), at: "jobs.html")
            #expect(String(decoding: try FileSystem.read(folder.path.appending("jobs.html")), as: UTF8.self).hasSuffix("\(percent) %"))
        }
    }

    @Test func theSameWordsAreNotWrittenAgain() throws {
        var publisher = SitePublisher(root: folder.path)
        try publisher.publish(Data("same".utf8), at: "videos/a.html")
        let before = FileSystem.attributes(of: folder.path.appending("videos").appending("a.html"))
        try publisher.publish(Data("same".utf8), at: "videos/a.html")
        var another = SitePublisher(root: folder.path)
        try another.publish(Data("same".utf8), at: "videos/a.html")
        #expect(FileSystem.attributes(of: folder.path.appending("videos").appending("a.html")) == before)
    }
}
