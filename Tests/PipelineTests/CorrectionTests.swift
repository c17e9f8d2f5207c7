import FoundationEssentials
import SpoolFiles
import Testing

@testable import Pipeline

struct CorrectionTests {
    private let machine = spoken(
        ["The liberty opens at nine in the mourning.", "It closes at six."], speakers: ["Speaker 1", "Speaker 2"])

    private func corrected(_ subRip: String, names: [String: String] = [:]) throws -> Transcript {
        let correction = try #require(Correction(captions: Data(subRip.utf8), format: "srt"))
        return correction.transcript(
            correcting: machine, names: names, author: "ann", version: "v2", at: Timestamp(milliseconds: 0))
    }

    @Test func wordsThatWereHeardKeepTheirTimesAndOthersLieBetween() throws {
        let result = try corrected("1\n00:00:00,000 --> 00:00:02,400\nThe library opens at nine in the early morning.\n")
        let words = result.segments[0].words
        let heard = machine.segments[0].words
        #expect(words.map { $0.word.trimmed } == ["The", "library", "opens", "at", "nine", "in", "the", "early", "morning."])
        for (index, same) in [(0, 0), (2, 2), (6, 6)] {
            #expect(abs(words[index].start - heard[same].start) < 0.001 && abs(words[index].end - heard[same].end) < 0.001)
        }
        #expect(words[0].probability == 1 && words[1].probability == nil)
        #expect(words[1].start >= words[0].end && words[1].end <= words[2].start)
        #expect(words[7].start >= words[6].end && words[8].end <= 2.4 && words[7].end == words[8].start)
    }

    @Test func itSaysWhoCorrectedWhat() throws {
        let result = try corrected("1\n00:00:00,000 --> 00:00:02,400\nThe library opens.\n")
        #expect(result.provenance.isByHuman)
        #expect(result.provenance.author == "ann" && result.provenance.basedOn == "j" && result.provenance.jobID == "v2")
        #expect(result.quality == nil)
    }

    @Test func aNameBeforeATextIsItsSpeaker() throws {
        let text = "1\n00:00:00,000 --> 00:00:01,000\nAda: The library opens\n\n2\n00:00:01,000 --> 00:00:02,400\nat nine: every day.\n"
        let result = try corrected(text, names: ["Speaker 1": "Ada"])
        // One sentence in two subtitles, which stay as they were cut.
        #expect(result.segments.map(\.speaker) == ["Speaker 1"])
        #expect(result.segments.map { $0.text.trimmed } == ["The library opens at nine: every day."])
        #expect(result.segments[0].cues?.map(\.lines) == [["The library opens"], ["at nine: every day."]])
        #expect(SubtitleText.srt(CueLayout(names: ["Speaker 1": "Ada"]).cues(for: result)) == text)
    }

    @Test func ourOwnJSONKeepsWordsThatWereNotChanged() throws {
        var source = machine
        source.segments[1].text = " It closes at seven."
        let correction = try Correction(json: SpoolJSON.data(source))
        let result = correction.transcript(correcting: machine, names: [:], author: "ann", version: "v2", at: Timestamp(milliseconds: 0))
        #expect(result.segments[0].words == machine.segments[0].words)
        #expect(result.segments[1].words.map { $0.word.trimmed } == ["It", "closes", "at", "seven."])
        #expect(result.segments[1].speaker == "Speaker 2")
    }

    /// As the page of a video writes it, for a word that was mended in subtitles which a person had cut.
    @Test func whatWasNotTouchedStaysAsItWas() throws {
        let cut = try corrected(
            """
            1
            00:00:00,500 --> 00:00:01,000
            The library

            2
            00:00:01,000 --> 00:00:02,000
            opens at nine.

            3
            00:00:03,000 --> 00:00:04,000
            It closes at six.

            """)
        #expect(cut.segments.count == 2)
        let lines = cut.segments.enumerated().map { number, segment in
            [
                "{\"start\": \(segment.start), \"end\": \(segment.end), ",
                "\"text\": \"\(number == 1 ? "It closes at seven." : segment.text.trimmed)\"",
                segment.speaker.map { ", \"speaker\": \"\($0)\"" } ?? "", "}",
            ].joined()
        }
        let correction = try Correction(json: Data("{\"segments\": [\(lines.joined(separator: ","))]}".utf8))
        let result = correction.transcript(correcting: cut, names: [:], author: "ann", version: "v3", at: Timestamp(milliseconds: 0))
        #expect(result.segments[0].cues == cut.segments[0].cues && result.segments[0].cues?.count == 2)
        #expect(result.segments[0].words == cut.segments[0].words && result.segments[0].start == cut.segments[0].start)
        #expect(result.segments[1].cues == nil && result.segments[1].text.trimmed == "It closes at seven.")
        #expect(result.segments.map(\.start) == cut.segments.map(\.start) && result.segments.map(\.end) == cut.segments.map(\.end))
    }

    @Test func whispersJSONIsRead() throws {
        let json =
            #"{"text": "x", "segments": [{"id": 0, "seek": 0, "start": 0.5, "end": 2.0, "text": " It closes.", "tokens": [1]}], "language": "en"}"#
        #expect(try Correction(json: Data(json.utf8)).lines == [.init(start: 0.5, end: 2, text: "It closes.")])
    }

    @Test func theTranscriptOfAnotherRecordingIsRefused() throws {
        let correction = try #require(Correction(captions: Data("1\n00:10:00,000 --> 00:10:02,000\nLate.\n".utf8), format: "srt"))
        #expect(correction.problem(duration: 30)?.contains("another recording") == true)
        #expect(correction.problem(duration: 700) == nil)
        #expect(Correction(captions: Data("a letter".utf8), format: "srt") == nil)
    }

    @Test func changesAreFoundWordByWord() throws {
        let result = try corrected(
            "1\n00:00:00,000 --> 00:00:02,400\nThe library opens at nine in the morning.\n\n2\n00:00:02,900 --> 00:00:04,200\nIt closes at six.\n"
        )
        let comparison = TranscriptComparison(from: machine, to: result)
        #expect(comparison.changes.map(\.from) == ["liberty", "mourning."])
        #expect(comparison.changes.map(\.to) == ["library", "morning."])
        #expect(comparison.sameWords == 10 && comparison.words == 12)
    }

    @Test func whatTwoEnginesHearOnEitherSideOfAMinuteIsTheSame() {
        let talk = spoken((0..<400).map { "sentence number \($0)." })
        var later = talk
        for segment in later.segments.indices {
            for word in later.segments[segment].words.indices {
                later.segments[segment].words[word].start += 0.4
                later.segments[segment].words[word].end += 0.4
            }
        }
        let comparison = TranscriptComparison(from: talk, to: later)
        #expect(comparison.changes.isEmpty && comparison.sameWords == 1200)
    }

    @Test func wordsWithoutSpacesKeepTheirTimes() throws {
        var heard = spoken(["图书馆"], language: "zh")
        heard.segments[0].words = ["图", "书", "馆"].enumerated().map {
            .init(start: Double($0), end: Double($0) + 0.5, word: $1, probability: 0.9)
        }
        (heard.segments[0].end, heard.duration) = (3, 3)
        let correction = try #require(Correction(captions: Data("1\n00:00:00,000 --> 00:00:03,000\n图书馆。\n".utf8), format: "srt"))
        let result = correction.transcript(correcting: heard, names: [:], author: "ann", version: "v", at: Timestamp(milliseconds: 0))
        #expect(result.segments[0].words.map(\.word) == [" 图", "书", "馆。"])
        #expect(result.segments[0].words.map(\.start) == [0, 1, 2] && result.segments[0].words[1].probability == 0.9)
        #expect(TranscriptComparison(from: heard, to: result).changes.map { "\($0.from)>\($0.to)" } == ["馆>馆。"])
    }
}

struct WordAlignmentTests {
    @Test(arguments: [
        (["a", "b", "c"], ["a", "b", "c"], 0), (["a", "b", "c"], ["a", "c"], 1), ([], ["a", "b"], 2), (["a", "b"], [], 2),
        (["a", "x", "c", "d"], ["a", "b", "c", "d", "e"], 2),
    ])
    func everyWordIsThereOnceWithAsFewEditsAsCanBe(first: [String], second: [String], edits: Int) {
        let pairs = WordAlignment.align(first, second)
        #expect(pairs.compactMap(\.first) == Array(first.indices))
        #expect(pairs.compactMap(\.second) == Array(second.indices))
        #expect(pairs.count { pair in pair.first.map { first[$0] } != pair.second.map { second[$0] } } == edits)
    }
}

/// What people drop that would harm, or would not come back as it went out.
struct HostileCorrectionTests {
    @Test func wordsOutsideTheirSegmentAreNotBelieved() throws {
        let json = #"{"segments":[{"start":0,"end":1,"text":"a","words":[{"start":1e300,"end":1e300,"word":"a"}]}], "language": "x\"y"}"#
        let correction = try Correction(json: Data(json.utf8))
        #expect(correction.lines[0].words.isEmpty && correction.language == nil)
    }

    @Test func impossibleTimesAreRefusedWithTheirSegment() {
        let json = #"{"segments":[{"start":0,"end":1,"text":"a"},{"start":5,"end":4,"text":"b"}]}"#
        #expect { try Correction(json: Data(json.utf8)) } throws: { "\($0)".contains("segment 2") && "\($0)".contains("5.0") }
    }

    @Test func aLineThatEndsLongBehindTheRecordingIsNamed() throws {
        let json = #"{"segments":[{"start":0,"end":1,"text":"a"},{"start":5,"end":9999,"text":"b"}]}"#
        let correction = try Correction(json: Data(json.utf8))
        #expect(correction.problem(duration: 30)?.contains("line 2 ends at 9999 s") == true)
    }

    @Test func aTextForATimeIsToldInPlainWords() throws {
        let json = #"{"segments":[{"start":"soon","end":1,"text":"a"}]}"#
        #expect { try Correction(json: Data(json.utf8)) } throws: { JSONSpecParser.reason($0) == "segments[0].start is not a number" }
    }

    @Test func wordsAreAsHarmlessAsTheText() throws {
        let json =
            #"{"segments":[{"start":0,"end":1,"text":" a\u001b[2Jb","words":[{"start":0,"end":1,"word":" a\u001b[2Jb"}]}]}"#
        let line = try Correction(json: Data(json.utf8)).lines[0]
        #expect(!line.words.isEmpty && !line.words.map(\.word).joined().contains("\u{1B}") && !line.text.contains("\u{1B}"))
    }

    @Test func wordsFarApartAreComparedAllTheSame() {
        var late = spoken(["one", "two"])
        late.segments[1].words[0].start = 8_000_000
        late.segments[1].words[0].end = 8_000_001
        let comparison = TranscriptComparison(from: spoken(["one", "three"]), to: late)
        #expect(comparison.sameWords == 1)
    }

    @Test func oneCueOverAllOfALongTalkIsBearable() throws {
        let talk = spoken((0..<3000).map { "sentence number \($0) of the talk." })
        let text = "1\n00:00:00,000 --> 05:00:00,000\n\(talk.text)\n"
        let correction = try #require(Correction(captions: Data(text.utf8), format: "srt"))
        let result = correction.transcript(correcting: talk, names: [:], author: "ann", version: "v", at: Timestamp(milliseconds: 0))
        #expect(result.segments[0].words.count == 18_000)
        let words = result.segments[0].words
        #expect(zip(words, words.dropFirst()).allSatisfy { $0.end <= $1.start + 0.001 && $0.start <= $0.end })
    }

    @Test func linesFromRightToLeftComeBackAsTheyWere() throws {
        let source = spoken(["اجتمع المجلس في 25 نوفمبر وقرر بناء مكتبة جديدة في وسط المدينة."], language: "ar", speakers: ["Speaker 1"])
        let subtitles = SubtitleText.srt(CueLayout(names: ["Speaker 1": "آدا"]).cues(for: source))
        let correction = try #require(Correction(captions: Data(subtitles.utf8), format: "srt"))
        let result = correction.transcript(
            correcting: source, names: ["Speaker 1": "آدا"], author: "ann", version: "v", at: Timestamp(milliseconds: 0))
        #expect(TranscriptComparison(from: source, to: result).changes.map(\.to) == [])
        #expect(result.segments.allSatisfy { $0.speaker == "Speaker 1" && !$0.text.unicodeScalars.contains("\u{200F}") })
    }

    @Test func whatIsSaidAgainAndAgainIsKept() throws {
        let litany = (0..<6).map { "\($0 + 1)\n00:00:0\($0),000 --> 00:00:0\($0 + 1),000\nYes.\n" }.joined(separator: "\n")
        #expect(try #require(Correction(captions: Data(litany.utf8), format: "srt")).lines.count == 6)
    }
}
