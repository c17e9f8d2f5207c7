import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import SpoolFiles

struct JSONPruningTests {
    private func pruned(_ text: String) -> String {
        String(decoding: JSONPruning.emptyingArrays(named: "words", in: Data(text.utf8)), as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"a":1,"words":[{"w":"x"},{"w":"y"}],"b":2}"#, #"{"a":1,"words":[],"b":2}"#),
        ("{\"words\" :\n [ [1, [2]], [] ] , \"c\" : [3]}", "{\"words\" :\n [] , \"c\" : [3]}"),
        // Brackets and quotation marks that are said.
        (#"[{"words":["]","\"]","\\"],"t":"["},{"words":[]}]"#, #"[{"words":[],"t":"["},{"words":[]}]"#),
        (
            #"[{"words":["a]","b]"],"t":"]"},{"words":["[","]"]},{"words":[{"w":"x"}],"t":"[]"}]"#,
            #"[{"words":[],"t":"]"},{"words":[]},{"words":[],"t":"[]"}]"#
        ),
        // Other things of that name, and the name in a text.
        (
            #"{"words":3,"text":"\"words\":[1]","x":["words"],"words":null}"#,
            #"{"words":3,"text":"\"words\":[1]","x":["words"],"words":null}"#
        ),
        (#"{"my words":[1],"wordsy":[2]}"#, #"{"my words":[1],"wordsy":[2]}"#),
        // Damage that is passed over.
        (#"{"words":[1 2 }]}"#, #"{"words":[]}"#),
    ])
    func arraysOfTheNameAreEmptied(text: String, expected: String) { #expect(pruned(text) == expected) }

    @Test(arguments: ["", "\"", "{\"words\":[", "{\"words\":[\"", "{\"words\":[\"\\", "{\"words\"", "]]", "\"words\":", "{\"words\":[[1]"])
    func whatIsCutOffStaysBroken(text: String) {
        #expect(throws: (any Error).self) { try JSONSerialization.jsonObject(with: Data(pruned(text).utf8)) }
    }

    @Test func aTranscriptWithoutItsWordsIsOtherwiseTheSame() throws {
        let folder = try TemporaryFolder()
        let words = [Transcript.Word(start: 0, end: 1, word: " \"]\\", probability: 0.5)]
        let segment = Transcript.Segment(id: 0, start: 0, end: 1, text: "\"words\" : [\\", words: words)
        var transcript = Transcript(
            language: "en", languageProbability: 1, duration: 1, speechDuration: 1, segments: [segment], flags: [],
            provenance: .init(
                engine: "faster-whisper", engineVersion: "1", model: "tiny.en", task: "transcribe", jobID: "j",
                createdAt: Timestamp(milliseconds: 0)))
        let path = folder.path.appending(Transcript.name)
        try SpoolJSON.data(transcript).write(to: URL(fileURLWithPath: path.string))
        transcript.segments[0].words = []
        #expect(try Transcript.readWithoutWords(at: path) == transcript)
    }
}
