import Foundation
import SpoolFiles
import Testing

@testable import Pipeline

struct CaptionFileTests {
    private func read(_ text: String, _ format: String) throws -> [Caption] {
        try #require(CaptionFile.read(Data(text.utf8), format: format))
    }

    @Test func webVTTWithEverythingInIt() throws {
        let captions = try read(
            """
            WEBVTT - made by hand

            STYLE
            ::cue { color: white }

            NOTE a remark
            on two lines

            intro
            00:01.000 --> 00:02.500 align:start position:0%
            <v Ann>Hello &amp; <i>welcome</i>
            to the <c.loud>library</c>

            01:00:00.000 --> 01:00:01.000
            2 &lt; 3

            00:05.000 --> 00:06.000

            """, "vtt")
        #expect(captions.map(\.lines) == [["Hello & welcome", "to the library"], ["2 < 3"]])
        #expect(captions.map(\.start) == [1, 3600])
        #expect(captions[0].end == 2.5)
        #expect(CaptionFile.read(Data("no captions".utf8), format: "vtt") == nil)
    }

    @Test func subRipAsPeopleWriteIt() throws {
        let captions = try read(
            "\u{FEFF}1\r\n00:00:01,000 --> 00:00:02,000\r\n{\\an8}Hello,\r\n<font color=\"red\">world</font>\r\n\r\n\r\n00:00:03.5 --> 00:00:04,25\r\nNo number\r\n",
            "srt")
        #expect(captions.map(\.text) == ["Hello, world", "No number"])
        #expect(captions[1].start == 3.5 && captions[1].end == 4.25)
        #expect(CaptionFile.read(Data("only words".utf8), format: "srt") == nil)
    }

    @Test func timedTextMarkup() throws {
        let captions = try read(
            """
            <?xml version="1.0"?>
            <tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ttp:frameRate="25" ttp:tickRate="1000">
              <body><div>
                <p begin="00:00:01.500" end="00:00:02.500">Hello<br/>  <span>wide</span>
                  world</p>
                <p begin="3s" dur="500ms">short</p>
                <p begin="00:00:04:05" end="5000t">frames</p>
                <p end="9s">no begin</p>
              </div></body>
            </tt>
            """, "ttml")
        #expect(captions.map(\.lines) == [["Hello", "wide world"], ["short"], ["frames"]])
        #expect(captions.map(\.start) == [1.5, 3, 4.2])
        #expect(captions.map(\.end) == [2.5, 3.5, 5])
        #expect(CaptionFile.read(Data("<html/>".utf8), format: "ttml") == nil)
        let bomb = "<!DOCTYPE tt [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><tt><body><p begin=\"1s\" end=\"2s\">x&a;</p></body></tt>"
        #expect(CaptionFile.read(Data(bomb.utf8), format: "ttml")?.contains { $0.text.contains("root:") } != true)
    }

    @Test func json3WithTheTimesOfItsWords() throws {
        let captions = try read(
            """
            {"events": [
              {"tStartMs": 0, "dDurationMs": 9000, "id": 1},
              {"tStartMs": 1000, "dDurationMs": 4000, "segs": [{"utf8": "the"}, {"utf8": " library", "tOffsetMs": 300}]},
              {"tStartMs": 2900, "dDurationMs": 100, "aAppend": 1, "segs": [{"utf8": "\\n"}]},
              {"tStartMs": 3000, "dDurationMs": 2000, "segs": [{"utf8": "opens at nine"}]}
            ]}
            """, "json3")
        #expect(captions.map(\.text) == ["the library", "opens at nine"])
        #expect(captions[0].end == 3)
        #expect(captions[0].words.map(\.word) == [" the", " library"])
        #expect(captions[0].words.map(\.start) == [1, 1.3])
        #expect(captions[0].words.map(\.end) == [1.3, 3])
        #expect(captions[1].words.isEmpty)
    }

    /// As YouTube gives automatic captions in WebVTT.
    @Test func whatRollsIsSaidOnce() throws {
        let captions = try read(
            """
            WEBVTT

            00:00:00.000 --> 00:00:02.000
             
            the<00:00:00.500><c> library</c>

            00:00:02.000 --> 00:00:02.010
            the library
             

            00:00:02.010 --> 00:00:04.000
            the library
            opens<00:00:02.500><c> at</c><00:00:02.700><c> nine</c>

            00:00:04.000 --> 00:00:04.010
            opens at nine
             

            00:00:04.010 --> 00:00:06.000
            opens at nine
            every<00:00:04.500><c> day</c>
            """, "vtt")
        #expect(captions.map(\.text) == ["the library", "opens at nine", "every day"])
        #expect(captions.map(\.start) == [0, 2.01, 4.01])
        #expect(captions.map(\.end) == [2.01, 4.01, 6])
    }

    /// Numbers that no recording has, and that no clock can show.
    @Test func impossibleTimesAreLeftOut() throws {
        let json = """
            {"events": [{"tStartMs": -1e300, "dDurationMs": 1e301, "segs": [{"utf8": "no"}]},
             {"tStartMs": 0, "dDurationMs": 1000, "segs": [{"utf8": "yes"}]},
             {"tStartMs": 2000, "dDurationMs": 3000, "segs": [{"utf8": "a"}, {"utf8": "b", "tOffsetMs": 1e300}]},
             {"tStartMs": 6000, "dDurationMs": 1e300, "segs": [{"utf8": "no"}]}]}
            """
        let captions = try read(json, "json3")
        #expect(captions.map(\.text) == ["yes", "ab"])
        let transcript = CaptionsTranscript.make(
            of: captions, language: "en", isAutomatic: true, version: "v", duration: 10, task: .transcribe, jobID: "j")
        #expect(transcript.segments.flatMap(\.words).allSatisfy { 0 <= $0.start && $0.end <= 10 })
        let ttml = "<tt xmlns:p='x' ttp:frameRate='-1'><p begin='00:00:00:-1e300' end='1e300s'>no</p><p begin='1f' end='2f'>yes</p></tt>"
        #expect(CaptionFile.read(Data(ttml.utf8), format: "ttml")?.map(\.text) ?? ["yes"] == ["yes"])
        #expect(try read("WEBVTT\n\n99999999:00:00.000 --> 99999999:00:01.000\nno\n", "vtt").isEmpty)
    }

    @Test func aRefrainAfterAPauseIsSungAgain() throws {
        let cues = (0..<6).map { "00:\($0)0.000 --> 00:\($0)3.000\n[Music]\n" }.joined(separator: "\n")
        #expect(try read("WEBVTT\n\n\(cues)", "vtt").count == 6)
    }

    @Test func whatIsSungTwiceStays() throws {
        let song = ["la la", "la la", "oh", "yes", "no", "well", "then"].enumerated()
            .map { "00:0\($0).000 --> 00:0\($0).900\n\($1)\n" }.joined(separator: "\n")
        #expect(try read("WEBVTT\n\n\(song)", "vtt").map(\.text).prefix(2) == ["la la", "la la"])
    }

    @Test func aMachinesCaptionsAreKnownByTheTimesOfTheirWords() {
        #expect(CaptionFile.isAutomatic(Data("WEBVTT\n\n00:01.000 --> 00:02.000\nthe<00:00:00.500><c> library</c>\n".utf8)))
        #expect(!CaptionFile.isAutomatic(Data("WEBVTT\n\n00:01.000 --> 00:02.000\n<c.loud>the library</c>\n".utf8)))
    }
}
