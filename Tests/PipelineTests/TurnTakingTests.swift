import SpoolFiles
import Testing

@testable import Pipeline

/// Two people on two microphones, who do not always wait for each other.
struct TurnTakingTests {
    private func segment(_ speaker: String, from start: Double, _ text: String, secondsAWord: Double = 0.5) -> Transcript.Segment {
        var segment = spoken([text], secondsAWord: secondsAWord).segments[0]
        for index in segment.words.indices {
            segment.words[index].start += start
            segment.words[index].end += start
        }
        (segment.start, segment.end, segment.speaker) = (segment.start + start, segment.end + start, speaker)
        return segment
    }

    @Test func whoeverIsNotInterruptedStaysWhole() {
        let first = [segment("A", from: 0, "How are you today?"), segment("A", from: 6, "Good to hear. And the children?")]
        let second = [segment("B", from: 3, "Fine, thank you.")]
        #expect(TurnTaking.inOrder([first, second]) == [first[0], second[0], first[1]])
    }

    @Test func aWordThrownInTearsNoSentence() {
        let long = segment("A", from: 0, "We showed it in the museum. Then we went home.")
        let turns = TurnTaking.inOrder([[long], [segment("B", from: 1.1, "Sorry.")]])
        #expect(turns.map { $0.text.trimmed } == ["We showed it in the museum.", "Sorry.", "Then we went home."])
    }

    @Test func aWordThrownIntoALongSentenceStandsAFewSecondsLaterAtMost() {
        let long = segment("A", from: 0, "one two three four five six seven eight nine ten eleven twelve")
        let turns = TurnTaking.inOrder([[long], [segment("B", from: 1.9, "yes")]])
        #expect(turns.map(\.speaker) == ["A", "B", "A"])
        #expect(turns.map { $0.text.trimmed } == ["one two three four five six seven eight nine", "yes", "ten eleven twelve"])
        #expect(turns.flatMap(\.words).count == 13)
    }

    @Test func twoWhoTalkAtOnceAreShownWhenTheyTalk() {
        let words = (0..<60).map { "word\($0)" }.joined(separator: " ")
        let turns = TurnTaking.inOrder([[segment("A", from: 0, words)], [segment("B", from: 3, words)]])
        #expect(turns.flatMap(\.words).count == 120)
        var transcript = spoken(["x"])
        transcript.segments = turns
        for unit in CueUnit.all(of: transcript, names: [:], limit: 42) {
            // "word12" is said 6 s after its speaker has begun; names stand before turns.
            guard let number = Double(unit.text.filter(\.isNumber)) else { continue }
            let said = number * 0.5 + (unit.speaker == "A" ? 0 : 3)
            #expect(unit.end - unit.start > 0.1, "\(unit.text) is shown for a moment only")
            #expect(abs(unit.start - said) <= 4.5, "\(unit.text) of \(unit.speaker ?? "") at \(unit.start), said at \(said)")
        }
    }
}
