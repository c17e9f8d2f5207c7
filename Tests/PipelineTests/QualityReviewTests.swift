import SpoolFiles
import Testing

@testable import Pipeline

struct QualityReviewTests {
    private func reviewed(
        _ transcript: Transcript, model: String = "tiny.en", speech: [ClosedRange<Double>]? = nil, loudness: Double? = -20,
        told: String? = nil
    ) -> Transcript {
        var result = transcript
        QualityReview(
            model: model, isEnglishOnly: model.hasSuffix(".en"), speech: speech.map { [nil: $0] } ?? [:], loudness: loudness,
            toldLanguage: told
        ).mark(&result)
        return result
    }

    @Test func aGoodTranscriptHasNoFlags() {
        let result = reviewed(spoken(["The library opens at nine.", "It closes at six."]), speech: [0...3.5])
        #expect(result.segments.allSatisfy { $0.flags == nil } && result.flags.isEmpty)
        #expect(result.quality == .init(score: 1, reasons: [], hint: nil))
    }

    @Test func linesThatComeAgainAndAgainAreRepeated() {
        let result = reviewed(spoken(["Thank you.", "Thank you.", "Thank you.", "Good night."]))
        #expect(result.segments.map { $0.flags ?? [] } == [[], [.repeated], [.repeated], []])
        #expect(result.quality?.reasons == ["2 of 4 segments repeat what was said before"])
    }

    @Test func twoShortEqualLinesAreNotRepeated() {
        #expect(reviewed(spoken(["Yes.", "Yes.", "Good."])).segments.allSatisfy { $0.flags == nil })
        let long = "We shall fight on the beaches and on the landing grounds."
        #expect(reviewed(spoken([long, long])).segments[1].flags == [.repeated])
    }

    @Test func aTextThatRepeatsItselfIsRepeated() {
        var source = spoken(["no no no no no no no no no no no no no no"])
        source.segments[0].compressionRatio = 4.2
        #expect(reviewed(source).segments[0].flags == [.repeated])
    }

    @Test func textWhereNobodyWasHeardIsOverSilence() {
        let source = spoken(["The library opens at nine.", "Thank you for watching."], pause: 10)
        let result = reviewed(source, speech: [0...1.5])
        #expect(result.segments.map { $0.flags ?? [] } == [[], [.overSilence]])
        #expect(reviewed(source).segments[1].flags == nil, "nobody asked the voice detector")
    }

    @Test func doubtfulWordsAreFlaggedAndTheHintNamesALargerModel() {
        var source = spoken(["Something that was said very softly", "and what nobody understood."])
        for index in source.segments.indices { source.segments[index].avgLogprob = -1.4 }
        // The words themselves seem sure.
        let result = reviewed(source)
        #expect(result.segments.allSatisfy { $0.flags == [.lowConfidence] })
        #expect(result.quality?.score == 0)
        #expect(result.flags.isEmpty && result.quality?.hint == "Reprocess with model base.en")
        #expect(reviewed(source, model: "large-v3").quality?.hint == "Check it against the recording")
        #expect(reviewed(source, model: "/models/own").quality?.hint == "Check it against the recording")
    }

    @Test func moreWordsThanCanBeSaidAreFlagged() {
        #expect(
            reviewed(spoken(["All of this was said in no time at all by somebody"], secondsAWord: 0.05)).segments[0].flags == [
                .impossibleRate
            ])
    }

    @Test func anEnglishModelIsNotTrustedWithGerman() {
        let result = reviewed(spoken(["The library opens at nine."]), told: "de-AT")
        #expect(result.flags == [.otherLanguage])
        #expect(result.quality?.reasons.first == "de-AT is spoken, of which the model tiny.en knows nothing")
        #expect(result.quality?.hint == "Reprocess with model tiny")
        #expect(reviewed(spoken(["Die Bibliothek öffnet um neun."]), model: "tiny", told: "de").flags.isEmpty)
    }

    @Test func whatAnEnglishModelIsMostlyUnsureOfMayBeAnotherLanguage() {
        var source = spoken(["The item to come and influence", "more than the shaded pattern"])
        for index in source.segments.indices {
            for word in source.segments[index].words.indices { source.segments[index].words[word].probability = 0.3 }
        }
        let result = reviewed(source)
        #expect(result.flags == [.otherLanguage])
        #expect(result.quality?.reasons.first?.hasPrefix("perhaps another language than English") == true)
        #expect(result.quality?.hint == "Reprocess with model tiny")
        #expect(reviewed(source, model: "tiny").flags.isEmpty)
        #expect(reviewed(source, told: "en").flags.isEmpty)
    }

    @Test func silenceAndMusicAreToldApart() {
        let nothing = spoken([])
        #expect(reviewed(nothing, loudness: -90).flags == [.noSpeech, .silence])
        #expect(reviewed(nothing, loudness: -15).flags == [.noSpeech, .noVoice])
        #expect(reviewed(nothing, loudness: -15).quality?.reasons == ["nobody was heard speaking in it, only music or noise"])
    }
}
