import SpoolFiles
import Testing

@testable import Pipeline

struct CueLayoutTests {
    private func transcript(_ texts: [String], secondsAWord: Double = 0.3, pause: Double = 0.5) -> Transcript {
        var time = 0.0
        let segments = texts.enumerated().map { index, text in
            let start = time
            let words = text.split(separator: " ").map { word in
                defer { time += secondsAWord }
                return Transcript.Word(start: time, end: time + secondsAWord * 0.9, word: " \(word)", probability: 1)
            }
            let segment = Transcript.Segment(id: index, start: start, end: time, text: " \(text)", words: words)
            time += pause
            return segment
        }
        return Transcript(
            language: "en", languageProbability: 1, duration: time, speechDuration: time, segments: segments, flags: [],
            provenance: .init(
                engine: "e", engineVersion: "1", model: "m", computeType: nil, task: "transcribe", hotwords: nil, jobID: "j",
                createdAt: Timestamp(milliseconds: 0), elapsed: nil))
    }

    private let long = (0..<40).map { "The committee met on day \($0) and, after a long discussion about money, agreed to nothing at all." }

    @Test(arguments: [0.1, 0.3, 0.6, 3.0])
    func everyCueKeepsTheRules(secondsAWord: Double) {
        let cues = CueLayout().cues(for: transcript(long, secondsAWord: secondsAWord))
        for (cue, next) in zip(cues, cues.dropFirst()) { #expect(cue.end <= next.start) }
        for cue in cues {
            #expect(cue.lines.count <= 2)
            #expect(cue.lines.allSatisfy { $0.count <= 42 && !$0.isEmpty })
            #expect(cue.end > cue.start)
            #expect(cue.end - cue.start <= 7.01)
        }
    }

    @Test func noWordIsLostOrDoubled() {
        let cues = CueLayout().cues(for: transcript(long))
        #expect(cues.flatMap(\.lines).joined(separator: " ") == long.joined(separator: " "))
    }

    @Test func aShortWordStaysLongEnoughToBeRead() {
        let cues = CueLayout().cues(for: transcript(["Yes.", "And no."], secondsAWord: 0.2, pause: 5))
        #expect(cues.map(\.lines) == [["Yes."], ["And no."]])
        #expect(cues.allSatisfy { $0.end - $0.start >= 1 })
    }

    @Test func theLastWordBeginsEarlierWhereTheRecordingEnds() {
        var source = transcript(["Yes.", "No."], secondsAWord: 0.4, pause: 5)
        source.duration = source.segments[1].end
        let last = CueLayout().cues(for: source).last
        #expect(last.map { $0.end - $0.start > 0.8 && $0.end <= source.duration + 0.001 } == true)
    }

    @Test func linesBreakAfterPunctuation() {
        let cues = CueLayout().cues(for: transcript(["When the rain had stopped at last, they went home."]))
        #expect(cues.map(\.lines) == [["When the rain had stopped at last,", "they went home."]])
    }

    @Test func segmentsWithoutWordsAreSpreadOverTheirTime() {
        var source = transcript(["one two three four"])
        source.segments[0].words = []
        let cues = CueLayout().cues(for: source)
        #expect(cues.map(\.lines) == [["one two three four"]])
        #expect(cues[0].start == 0)
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
                "1\n00:00:00,000 --> 00:00:01,500\na → b & <i>c</i>\n\n2\n01:01:01,000 --> 01:01:03,000\nsecond\nline\n\n3\n30:00:00,000"))
    }

    @Test func webVTTEscapes() {
        let text = SubtitleText.webVTT(cues)
        #expect(text.hasPrefix("WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\na --&gt; b &amp; &lt;i&gt;c&lt;/i&gt;\n\n2\n"))
    }
}
