import Foundation
import Mustache
import Testing

@testable import Report

struct TemplateStampsTests {
    private static let template =
        "<a href=\"{{href}}\">{{title}}</a>{{#site}} at {{site}}{{/site}}{{^site}} nowhere{{/site}}{{#job.error}}: {{job.error.message}}{{/job.error}}"
        + "{{#isNew}} new{{/isNew}}{{{html}}}{{#tags}}<b>{{name}}{{^href}} without {{title}}{{/href}}</b>{{/tags}}{{#lines}}<p>{{.}}</p>{{/lines}}"

    private var contexts: [PageContext] {
        [
            ["href": "a&b", "title": "<T>", "isNew": true, "html": "<i>&amp;</i>"],
            ["href": "c", "title": "12 & \u{FFFD}", "site": "é\"", "isNew": false, "html": ""],
            ["href": "d", "title": "0", "site": "s", "isNew": true, "html": "&1", "job": error("'x'")],
            ["href": "e", "title": "1", "isNew": true, "html": "&0", "job": error("&2")],
            [
                "href": "f", "title": "t", "tags": [["name": "<1>"], ["name": "2", "href": "h"]] as [PageContext], "lines": ["<", "&0"],
                "html": "",
            ],
            [
                "href": "g", "title": "u", "tags": [["name": ">3"], ["name": "", "href": "i"]] as [PageContext], "lines": ["4", "\""],
                "html": "x",
            ],
            ["href": "h", "title": "v", "tags": [["name": ">3"]] as [PageContext], "lines": [String](), "html": "x"],
        ]
    }

    private func error(_ message: String) -> PageContext { ["error": ["message": message] as PageContext] }

    @Test func whatIsStampedIsWhatTheEngineMakes() throws {
        MustacheContentTypes.register(PageEscaping(), named: PageEscaping.name)
        let template = try MustacheTemplate(string: "{{% CONTENT_TYPE:\(PageEscaping.name)}}\(Self.template)")
        let stamps = TemplateStamps()
        var fills = 0
        for _ in 0..<3 {
            for context in contexts {
                let stamped = stamps.fill("t", context) {
                    fills += 1
                    return template.render(PageValues($0))
                }
                #expect(stamped == template.render(PageValues(context)))
            }
        }
        // Once for each of the shapes.
        #expect(fills == 6)
    }

    @Test func threadsThatMeetTheSameShapeTakeOnePlaceForIt() async {
        let stamps = TemplateStamps()
        @Sendable func fill(_ context: PageContext) -> String? { stamps.fill("t", context) { _ in "text" } }
        await withTaskGroup { group in
            for _ in 0..<100 { group.addTask { _ = fill(["a": "1"]) } }
        }
        // As many more as there may be.
        for number in 1..<50 { #expect(fill(["\(number)": "1"]) == "text") }
        #expect(fill(["one too many": "1"]) == nil)
    }

    @Test(arguments: [["list": (0..<13).map { ["a": "\($0)"] as PageContext }], ["list": (0..<13).map { "\($0)" }]] as [PageContext])
    func whatHasLongListsIsLeftToTheEngine(context: PageContext) {
        let filled = TemplateStamps().fill("t", context) { _ in "wrong" }
        #expect(filled == nil)
    }
}
