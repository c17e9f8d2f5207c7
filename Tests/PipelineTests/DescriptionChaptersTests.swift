import SpoolFiles
import Testing

@testable import Pipeline

struct DescriptionChaptersTests {
    @Test func aListOfTimeStampsIsChapters() throws {
        let text = """
            We met at 12:30 for lunch.

            0:00 Welcome
            - [01:30] - Opening hours (new)
            Questions: 1:02:03
            https://example.org/12:30
            """
        let chapters = try #require(DescriptionChapters.read(text, duration: 4000))
        #expect(chapters.source == .description)
        #expect(chapters.chapters.map(\.title) == ["Welcome", "Opening hours (new)", "Questions"])
        #expect(chapters.chapters.map(\.start) == [0, 90, 3723])
        #expect(chapters.chapters.map(\.end) == [90, 3723, 4000])
    }

    @Test(arguments: [
        "0:00 One\n1:00 Two", "1:00 One\n2:00 Two\n3:00 Three", "0:00 One\n2:00 Two\n1:00 Three", "0:00 One\n0:99 Two\n3:00",
        "at 0:00\nwe went\nhome",
    ])
    func whatIsNoListIsNone(text: String) {
        #expect(DescriptionChapters.read(text, duration: 4000) == nil)
    }
}
