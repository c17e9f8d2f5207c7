import SpoolFiles
import TestSupport
import Testing

@testable import Pipeline

/// A transcript whose words come one after the other.
func spoken(_ texts: [String], secondsAWord: Double = 0.3, pause: Double = 0.5, language: String = "en", speakers: [String?] = [])
    -> Transcript
{
    var time = 0.0
    let segments = texts.enumerated().map { index, text in
        let start = time
        let words = text.split(separator: " ").map { word in
            defer { time += secondsAWord }
            return Transcript.Word(start: time, end: time + secondsAWord * 0.9, word: " \(word)", probability: 1)
        }
        var segment = Transcript.Segment(id: index, start: start, end: time, text: " \(text)", words: words)
        if index < speakers.count { segment.speaker = speakers[index] }
        time += pause
        return segment
    }
    return Transcript(
        language: language, languageProbability: 1, duration: time, speechDuration: time, segments: segments, flags: [],
        provenance: .init(
            engine: "e", engineVersion: "1", model: "m", task: "transcribe", jobID: "j", createdAt: Timestamp(milliseconds: 0)))
}

struct CueLayoutTests {
    private let long = (0..<40).map { "The committee met on day \($0) and, after a long discussion about money, agreed to nothing at all." }

    private func violations(_ transcript: Transcript, _ rules: SubtitleRules = SubtitleRules()) throws -> [String] {
        try rules.violations(SubtitleText.srt(CueLayout().cues(for: transcript)))
    }

    @Test(arguments: [0.3, 0.45, 0.6, 1.2, 3.0])
    func everyCueKeepsTheRules(secondsAWord: Double) throws {
        #expect(try violations(spoken(long, secondsAWord: secondsAWord)) == [])
    }

    @Test func speechFasterThanAnybodyReadsStillFitsAndDoesNotOverlap() throws {
        let found = try violations(spoken(long, secondsAWord: 0.1))
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.contains("characters a second") || $0.contains("stands 0") }, "\(found.prefix(3))")
    }

    @Test func noWordIsLostOrDoubled() {
        let cues = CueLayout().cues(for: spoken(long))
        #expect(cues.flatMap(\.lines).joined(separator: " ") == long.joined(separator: " "))
    }

    @Test func aShortWordStaysLongEnoughToBeRead() {
        let cues = CueLayout().cues(for: spoken(["Yes.", "And no."], secondsAWord: 0.2, pause: 5))
        #expect(cues.map(\.lines) == [["Yes."], ["And no."]])
        #expect(cues.allSatisfy { $0.end - $0.start >= 1 })
    }

    @Test func aShortWordWithoutTimeJoinsWhatFollows() throws {
        let source = spoken(["Yes.", "We went home after that."], secondsAWord: 0.3, pause: 0.1)
        #expect(try violations(source) == [])
        #expect(CueLayout().cues(for: source).count == 1)
    }

    @Test func theLastWordBeginsEarlierWhereTheRecordingEnds() {
        var source = spoken(["Yes.", "No."], secondsAWord: 0.4, pause: 5)
        source.duration = source.segments[1].end
        let last = CueLayout().cues(for: source).last
        #expect(last.map { $0.end - $0.start > 0.8 && $0.end <= source.duration + 0.001 } == true)
    }

    @Test func linesBreakAfterPunctuation() {
        let cues = CueLayout().cues(for: spoken(["When the rain had stopped at last, they went home."]))
        #expect(cues.map(\.lines) == [["When the rain had stopped at last,", "they went home."]])
    }

    @Test(arguments: [
        ("The meeting was opened in the morning by Dr. Miller from the city", "Dr. Miller"),
        ("It was said again that for the whole of it 250 people had come", "250 people"),
        ("The first program was written by the Countess Ada Lovelace herself", "Ada Lovelace"),
    ])
    func whatBelongsTogetherStaysOnOneLine(text: String, unit: String) {
        let lines = CueLayout().cues(for: spoken([text])).flatMap(\.lines)
        #expect(lines.contains { $0.contains(unit) }, "\(lines)")
    }

    @Test func noCueStandsOverALongPause() {
        let cues = CueLayout().cues(for: spoken(["and then she said", "nothing more"], pause: 3))
        #expect(cues.count == 2)
    }

    @Test func segmentsWithoutWordsAreSpreadOverTheirTime() {
        var source = spoken(["one two three four"])
        source.segments[0].words = []
        let cues = CueLayout().cues(for: source)
        #expect(cues.map(\.lines) == [["one two three four"]])
        #expect(cues[0].start == 0)
    }

    @Test func aWordLongerThanALineIsCut() throws {
        let source = spoken([String(repeating: "abcdefghij", count: 9)], secondsAWord: 6)
        #expect(CueLayout().cues(for: source).flatMap(\.lines).joined() == source.segments[0].text.trimmed)
        #expect(try violations(source) == [])
    }

    @Test func aCueHasOneSpeakerAndATurnHasTheName() {
        let source = spoken(["Good morning to you all.", "Good morning."], pause: 1.2, speakers: ["Speaker 1", "Speaker 2"])
        let cues = CueLayout(names: ["Speaker 2": "Ada"]).cues(for: source)
        #expect(cues.map { $0.lines.joined(separator: " ") } == ["Speaker 1: Good morning to you all.", "Ada: Good morning."])
    }

    @Test func theCuesOfAPersonStayAsTheyWereCut() {
        var source = spoken(["It was late and we went home."], speakers: ["Speaker 1"])
        #expect(CueLayout().cues(for: source).count == 1)
        source.segments[0].cues = [
            .init(start: 0.5, end: 1.25, lines: ["It was", "late"]), .init(start: 1.3, end: 2, lines: ["and we went home."]),
        ]
        #expect(
            CueLayout(names: ["Speaker 1": "Ada"]).cues(for: source) == [
                Cue(start: 0.5, end: 1.25, lines: ["Ada: It was", "late"]), Cue(start: 1.3, end: 2, lines: ["and we went home."]),
            ])
    }

    @Test func chineseLinesAreShorterAndNoMarkBeginsALine() throws {
        let text = "昨天下午，市议会讨论了新的图书馆，大家都同意应该在明年春天开始建设。但是没有人知道钱从哪里来，所以会议又推迟了两个星期。"
        let source = spoken(text.map(String.init), secondsAWord: 0.25, pause: 0, language: "zh")
        var rules = SubtitleRules()
        rules.maxLineLength = 16
        rules.maxRate = 12
        #expect(try violations(joined(source), rules) == [])
        let lines = CueLayout().cues(for: joined(source)).flatMap(\.lines)
        #expect(lines.joined() == text)
        #expect(lines.allSatisfy { !"，。".contains($0.first!) }, "\(lines)")
    }

    /// As Whisper writes scripts without spaces: one segment, no spaces before words.
    private func joined(_ source: Transcript) -> Transcript {
        var result = source
        let words = source.segments.flatMap(\.words).map {
            Transcript.Word(start: $0.start, end: $0.end, word: $0.word.trimmed, probability: 1)
        }
        result.segments = [.init(id: 0, start: 0, end: source.duration, text: words.map(\.word).joined(), words: words)]
        return result
    }

    @Test func linesFromRightToLeftAreHeldByMarks() throws {
        let source = spoken(["اجتمع المجلس في 25 نوفمبر وقرر بناء مكتبة جديدة في وسط المدينة."], language: "ar")
        let lines = CueLayout().cues(for: source).flatMap(\.lines)
        #expect(lines.allSatisfy { $0.hasPrefix("\u{200F}") && $0.hasSuffix("\u{200F}") }, "\(lines)")
        #expect(try violations(source) == [])
    }

    @Test func otherLimitsAreKept() throws {
        var layout = CueLayout()
        layout.rules.maxLines = 1
        layout.rules.maxLineLength = 32
        var rules = SubtitleRules()
        rules.maxLines = 1
        rules.maxLineLength = 32
        #expect(try rules.violations(SubtitleText.srt(layout.cues(for: spoken(long, secondsAWord: 0.45)))) == [])
    }
}

struct SubtitleTextTests {
    private let cues = [
        Cue(start: 0, end: 1.5, lines: ["a --> b & <i>c</i>"]), Cue(start: 3661.0004, end: 3662.9996, lines: ["second", "line"]),
        Cue(start: 108_000, end: 108_001, lines: ["after thirty hours"]),
    ]

    @Test func subRip() {
        let text = SubtitleText.srt(cues)
        #expect(
            text.hasPrefix(
                "1\n00:00:00,000 --> 00:00:01,500\na → b & ‹i›c‹/i›\n\n2\n01:01:01,000 --> 01:01:03,000\nsecond\nline\n\n3\n30:00:00,000"))
    }

    @Test func webVTTEscapesAndNotesChapters() {
        let text = SubtitleText.webVTT(cues, chapters: [.init(start: 0, end: 100, title: "One --> two\nthree")])
        #expect(
            text.hasPrefix(
                "WEBVTT\n\nNOTE Chapter: One → two three\n\n1\n00:00:00.000 --> 00:00:01.500\na --&gt; b &amp; &lt;i&gt;c&lt;/i&gt;\n\n2\n")
        )
    }

    @Test func tablesAndLyricsHaveALineEach() {
        var source = spoken(["Tab\there", "[Music] and \"more\""])
        source.segments[1].start = 108_000
        #expect(SubtitleText.table(source) == "start\tend\ttext\n0\t300\tTab here\n108000000\t1700\t[Music] and 'more'\n")
        #expect(
            SubtitleText.lyrics(cues, title: "A [talk]", author: nil, duration: 108_001)
                == "[ti:A (talk)]\n[length:1800:01.00]\n[re:Spoolscribe]\n[00:00.00]a --> b & <i>c</i>\n[61:01.00]second line\n[1800:00.00]after thirty hours\n"
        )
    }

    @Test func paragraphsBreakAtPausesAndTurns() {
        let source = spoken(["One.", "Two.", "Three.", "Four."], pause: 0.5, speakers: ["A", "A", "B", "B"])
        #expect(SubtitleText.plain(source, names: ["B": "Ben"]) == "A: One. Two.\n\nBen: Three. Four.\n")
    }
}
