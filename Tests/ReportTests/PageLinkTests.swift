import SpoolFiles
import Testing

@testable import Report

struct PageLinkTests {
    @Test func nothingThatCouldEndAnAttributeGetsThrough() {
        for text in ["https://example.org/\"\u{301}onerror=x", "https://example.org/'><script>", "https://example.org/ü ö"] {
            let link = PageLink.web(text) ?? ""
            #expect(link.unicodeScalars.allSatisfy { $0.isASCII && !"\"'<> ".unicodeScalars.contains($0) })
        }
        #expect(PageLink.path("a/b c\"#?.html") == "a/b%20c%22%23%3F.html")
    }

    @Test(arguments: ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", ""])
    func onlyWebAddressesAreLinks(text: String) {
        #expect(PageLink.web(text) == nil)
    }
}

struct PeopleFormatTests {
    @Test func timesAndSizes() {
        #expect(PeopleFormat.moment(Timestamp(milliseconds: 1_764_062_095_123)) == "25 Nov 2025, 09:14 UTC")
        #expect(PeopleFormat.exactMoment(Timestamp(milliseconds: 1_764_062_095_123)) == "25 Nov 2025, 09:14:55 UTC")
        #expect(PeopleFormat.date("2025-11-05") == "5 Nov 2025")
        for odd in ["2025-13-05", "2025-11", "2025-1é-5", "20251105", "2025-+1-05", "2025-1-5", ""] {
            #expect(PeopleFormat.date(odd) == odd)
        }
        #expect(PeopleFormat.clock(245.9) == "4:05")
        #expect(PeopleFormat.clock(3723) == "1:02:03")
        #expect(PeopleFormat.span(3.24) == "3.2 s")
        #expect(PeopleFormat.span(80) == "1 min 20 s")
        #expect(PeopleFormat.span(7500) == "2 h 5 min")
        #expect(PeopleFormat.size(999) == "999 bytes")
        #expect(PeopleFormat.size(12_345) == "12 kB")
        #expect(PeopleFormat.size(3_400_000) == "3.4 MB")
        #expect(PeopleFormat.percent(0.934) == "93 %")
    }
}
