import Foundation
import Testing

@testable import SpoolFiles

struct PlainSegmentsTests {
    private static func transcript(_ segments: [Transcript.Segment]) -> Transcript {
        Transcript(
            language: "en", languageProbability: 1, duration: 1, speechDuration: 1, segments: segments, flags: [],
            provenance: .init(
                engine: "faster-whisper", engineVersion: "1", model: "tiny.en", task: "transcribe", jobID: "j",
                createdAt: Timestamp(milliseconds: 0)))
    }

    private static var segments: [Transcript.Segment] {
        let words = [Transcript.Word(start: 0.1, end: 0.30000000000000004, word: " [so]", probability: 0.5)]
        var full = Transcript.Segment(id: 7, start: 0.1, end: 1e-7, text: " Größe, 大きさ, 🎈", words: words)
        full.speaker = "SPEAKER_01"
        full.flags = [.repeated, .overSilence]
        (full.avgLogprob, full.noSpeechProb, full.compressionRatio, full.temperature) = (-0.25, 0, 1.5, 0.2)
        let bare = Transcript.Segment(id: 8, start: 2, end: 3, text: "", words: [])
        return [full, bare]
    }

    @Test(arguments: [0, 1, 2])
    func whatItTakesIsWhatTheDecoderReads(count: Int) throws {
        var transcript = Self.transcript(Array(Self.segments.prefix(count)))
        for data in [SpoolJSON.data(transcript), SpoolJSON.line(transcript)] {
            let plain = try #require(PlainSegments.take(from: data))
            transcript.segments = Array(Self.segments.prefix(count))
            for place in transcript.segments.indices { transcript.segments[place].words = [] }
            #expect(plain.segments == transcript.segments)
            transcript.segments = []
            #expect(try SpoolJSON.decode(Transcript.self, from: plain.rest) == transcript)
        }
    }

    private static let rest = #""end":1,"id":0,"start":0,"text":"a","words":[]"#

    /// Read by the decoder, or refused by it.
    @Test(arguments: [
        #"{"end":1,"id":0,"start":0,"text":"\"","words":[]}"#, #"{"cues":[],\#(rest)}"#, #"{"speaker":null,\#(rest)}"#,
        #"{"flags":["unheard of"],\#(rest)}"#, #"{"flags":[1],\#(rest)}"#, #"{"end":1,"id":0,"start":0,"text":"a"}"#,
        #"{"end":01,"id":0,"start":0,"text":"a","words":[]}"#, #"{"end":.5,"id":0,"start":0,"text":"a","words":[]}"#,
        #"{"end":+1,"id":0,"start":0,"text":"a","words":[]}"#, #"{"end":1.,"id":0,"start":0,"text":"a","words":[]}"#,
        #"{"end":1.e1,"id":0,"start":0,"text":"a","words":[]}"#, #"{"end":-,"id":0,"start":0,"text":"a","words":[]}"#,
        #"{"end":1e,"id":0,"start":0,"text":"a","words":[]}"#, #"{"end":1,"id":9007199254740993,"start":0,"text":"a","words":[]}"#,
        "{\u{B}\(rest)}", #"{"end":1,"id":0.5,"start":0,"text":"a","words":[]}"#, #"{"end":1e999,"id":0,"start":0,"text":"a","words":[]}"#,
        #"{"end":"1","id":0,"start":0,"text":"a","words":[]}"#, #"{"end":1,"id":0,"start":0,"text":"a","words":[]"#,
        #"{"end":1 "id":0,"start":0,"text":"a","words":[]}"#, #"{"end":1,"id":0,"start":0,"text":"a","words":[}"#, "{\(rest)},",
        "{\(rest)}{\(rest)}",
        "{\(rest),}", #"{\#(rest),"text"}"#, "{\"text\":\"a\nb\",\(rest)}", "1", "{}", "{", "[", "\"", "{\"text\":\"",
    ])
    func whatItIsNotSureOfIsLeftToTheDecoder(segments: String) {
        #expect(PlainSegments.take(from: Data(#"{"segments":[\#(segments)]}"#.utf8)) == nil)
    }

    @Test(arguments: [
        "", "{}", #"{"segments"}"#, #"{"segments":"#, #"{"segments":["#, #"{"segments":null}"#, #"{"text":"\"segments\":["}"#,
    ])
    func whatHasNoSegmentsIsLeftToTheDecoder(text: String) { #expect(PlainSegments.take(from: Data(text.utf8)) == nil) }

    @Test(arguments: ["-0.5", "0", "10", "1e3", "1.5E-3", "-0", "0.30000000000000004"])
    func numbersAreThoseOfTheDecoder(number: String) throws {
        let plain = PlainSegments.take(from: Data(#"{"segments":[{"temperature":\#(number),\#(Self.rest)}]}"#.utf8))
        #expect(plain?.segments.first?.temperature == (try SpoolJSON.decode(Double.self, from: Data(number.utf8))))
    }

    @Test func segmentsOfSomethingElseStay() throws {
        let inner = #"{"quality":{"segments":[{\#(Self.rest)}]},"text":"segments","#
        let plain = try #require(PlainSegments.take(from: Data(#"\#(inner)"segments":[{\#(Self.rest)},{\#(Self.rest)}]}"#.utf8)))
        #expect(plain.segments.count == 2)
        #expect(String(decoding: plain.rest, as: UTF8.self) == #"\#(inner)"segments":[]}"#)
        #expect(PlainSegments.take(from: Data(#"\#(inner)"a":1}"#.utf8)) == nil)
    }

    @Test func textThatIsNotUTF8IsLeftToTheDecoder() {
        var data = Data(#"{"segments":[{"speaker":"\#u{1}",\#(Self.rest)}]}"#.utf8)
        #expect(PlainSegments.take(from: data) == nil)
        data[data.firstIndex(of: 1)!] = 0xFF
        #expect(PlainSegments.take(from: data) == nil)
        data[data.firstIndex(of: 0xFF)!] = UInt8(ascii: "a")
        #expect(PlainSegments.take(from: data)?.segments.first?.speaker == "a")
    }
}
