import Foundation
import Testing

@testable import Pipeline

struct CaptionChoiceTests {
    private func info(human: [String], automatic: [String]) throws -> SiteMetadata {
        func offered(_ languages: [String]) -> [String: Any] {
            Dictionary(uniqueKeysWithValues: languages.map { ($0, [["ext": "vtt", "url": "https://example.org/\($0)"]]) })
        }
        let json = ["subtitles": offered(human), "automatic_captions": offered(automatic)]
        return try JSONDecoder().decode(SiteMetadata.self, from: JSONSerialization.data(withJSONObject: json))
    }

    @Test func theSpokenLanguageAndThoseThatAreWanted() throws {
        let info = try info(human: ["en-US", "de", "fr", "live_chat"], automatic: ["en", "en-orig", "de"])
        let choice = CaptionChoice(of: info, spoken: "en", preferred: ["de", "en", "it"])
        #expect(choice.human == ["en-US", "de"])
        // People wrote them in that language already.
        #expect(choice.automatic.isEmpty)
    }

    @Test func aMachinesInTheLanguageThatWasSpokenAlone() throws {
        let info = try info(human: ["de"], automatic: ["de", "en", "en-orig", "fr"])
        #expect(CaptionChoice(of: info, spoken: nil, preferred: []).automatic == ["en-orig"])
        #expect(CaptionChoice(of: info, spoken: "en", preferred: []).automatic == ["en-orig"])
        #expect(CaptionChoice(of: info, spoken: "de", preferred: []).automatic.isEmpty)
    }

    @Test func aNameThatIsNoLanguageIsPassedOver() throws {
        let info = try info(human: ["en", "../../etc", "-all"], automatic: [])
        #expect(CaptionChoice(of: info, spoken: "../../etc", preferred: ["-all", "en"]).human == ["en"])
    }
}
