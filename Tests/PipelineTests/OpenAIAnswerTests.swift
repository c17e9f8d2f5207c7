import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

struct OpenAIAnswerTests {
    private let part = TranscriptionPlan.Part(index: 0, start: 10, end: 14)

    private func answer(_ json: String) throws -> OpenAIAnswer { try SpoolJSON.decode(OpenAIAnswer.self, from: Data(json.utf8)) }

    @Test(arguments: ["{}", #"{"detail": "no such model"}"#, #"{"language": "en"}"#])
    func anObjectWithoutTextOrSegmentsIsNoSilence(_ json: String) throws {
        #expect(throws: OpenAIAnswer.NoTranscript.self) { try answer(json).part(part) }
    }

    @Test(arguments: [#"{"segments": []}"#, #"{"text": ""}"#])
    func silenceIsSilence(_ json: String) throws {
        #expect(try answer(json).part(part).segments.isEmpty)
    }

    @Test func wordsOfAScriptWithoutSpacesKeepTheirTimes() throws {
        let json = """
            {"language": "zh", "segments": [{"start": 0, "end": 3, "text": "图书馆。"}],
             "words": [{"start": 0, "end": 0.5, "word": "图书"}, {"start": 2, "end": 2.5, "word": "馆"}]}
            """
        let words = try answer(json).part(part).segments[0].words
        #expect(words.map(\.word) == [" 图", "书", "馆。"])
        #expect(words.map(\.start) == [10, 10.25, 12])
    }
}

struct PartsFileTests {
    @Test func partsThatWereHeardOtherwiseAreOfNoUse() throws {
        let folder = try TemporaryFolder()
        let file = PartsFile(path: folder.path.appending("parts.jsonl"))
        var wish = RecognitionWish(JobSpec(), .init(), model: "tiny.en")
        let plan = TranscriptionPlan(duration: 4, speechDuration: 4, language: "en", parts: [.init(index: 0, start: 0, end: 4)])
        try file.begin(RecogniserIdentity(engine: "e", engineVersion: "1", model: "tiny.en"), as: wish, plan)
        try file.append(TranscribedPart(index: 0, segments: []))
        #expect(try file.read(heardBy: "e", as: wish).parts.count == 1)
        #expect(try file.read(heardBy: "other", as: wish).parts.isEmpty)
        wish.hotwords = "Lovelace"
        #expect(try file.read(heardBy: "e", as: wish).parts.isEmpty)
    }
}
