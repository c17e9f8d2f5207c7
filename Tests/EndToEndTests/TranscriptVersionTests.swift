import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Transcripts that people correct, their versions, and the search that follows them.
@Suite(.serialized) struct TranscriptVersionTests: ControlSuite {
    let folder: TemporaryFolder
    let daemon: Daemon
    let site: LocalSite

    init() async throws { (folder, daemon, site) = try await Self.begin() }

    private func run(_ arguments: String...) async throws -> Command.Result {
        try await Command.run(["--spool", layout.root.string] + arguments)
    }

    private func text(_ videoID: String, _ file: String) throws -> String {
        try String(contentsOfFile: layout.bundle(videoID).appending(file).string, encoding: .utf8)
    }

    /// The video's subtitles with one word changed, dropped into `update/`.
    private func correct(_ videoID: String, _ word: String, to other: String) async throws -> Receipt {
        let subtitles = try text(videoID, "transcript.srt").replacing(word, with: other)
        return try await daemon.ask(subtitles, as: "\(videoID).srt", in: .update)
    }

    @Test func aCorrectedTranscriptIsTheCurrentOneEverywhereAndNothingIsLost() async throws {
        let job = try await finished()
        let videoID = try #require(job.videoID)
        let machine = try daemon.transcript(of: videoID)
        let receipt = try await correct(videoID, "library", to: "laboratory")
        #expect(receipt.outcome == .accepted, "\(receipt.refused)")
        #expect(receipt.actions?.first?.note?.contains("changed in 1 place") == true)

        let corrected = try daemon.transcript(of: videoID)
        #expect(corrected.text.contains("laboratory") && corrected.provenance.isByHuman)
        #expect(corrected.provenance.basedOn == job.jobID && corrected.provenance.author == job.userID)
        let words = corrected.segments.flatMap(\.words)
        #expect(words.first { $0.word.contains("opens") } == machine.segments.flatMap(\.words).first { $0.word.contains("opens") })
        for file in ["transcript.txt", "transcript.vtt", "transcript.md", "transcript.tsv", "transcript.lrc"] {
            #expect(try text(videoID, file).contains("laboratory"), "\(file)")
        }
        let read = try await Tool.run(
            Repository.python.string, [Repository.root.appending("Tests/Readers/read_formats.py").string, layout.bundle(videoID).string])
        let counts = try JSONDecoder().decode([String: Int].self, from: Data(read.utf8))
        #expect(counts["srt"] == counts["vtt"] && counts["whisper_json"] == corrected.segments.count)
        #expect(try await results().contains { $0.hasSuffix(".txt") })
        // Found by what it says now, and no more by what it said.
        #expect(try await run("search", "laboratories").code == 0)
        #expect(try await run("search", "library").code == 3)
        // A phrase among other words, in quotation marks of its own or of the shell's.
        for phrase in ["the laboratory", "“the laboratory”"] { #expect(try await run("search", phrase, "opens").code == 0) }
        for phrase in ["laboratory the", "“laboratory the”"] { #expect(try await run("search", phrase, "opens").code == 3) }

        // A machine's does not take its place unasked.
        let again = try #require(try await daemon.ask("{\"force_whisper\": true}", as: "\(videoID).json", in: .reprocess).jobs.first).jobID
        let ended = try await daemon.ended(again)
        #expect(ended.status == .completed && ended.warnings.contains { $0.contains("a person has corrected") }, "\(ended.warnings)")
        #expect(try daemon.transcript(of: videoID).text.contains("laboratory"))
        let versions = try TranscriptVersions(bundle: layout.bundle(videoID))
        #expect(Set(versions.all.map(\.id)) == [receipt.dropID, job.jobID, again])
        try await eventually("the page to show all three") {
            let page = try? String(contentsOfFile: layout.report.appending("videos/\(videoID).html").string, encoding: .utf8)
            let maker = /<dt>Transcribed by<\/dt><dd>faster-whisper [^<]+, corrected by [^<]+<\/dd>/
            return page.map { $0.contains(maker) && $0.components(separatedBy: "faster-whisper ").count >= 3 } == true
        }

        // Told to.
        let wish = "{\"force_whisper\": true, \"replace_corrected\": true}"
        let last = try #require(try await daemon.ask(wish, as: "\(videoID).json", in: .reprocess).jobs.first).jobID
        #expect(try await daemon.ended(last).status == .completed)
        #expect(try daemon.transcript(of: videoID).provenance.jobID == last)
    }

    @Test func aCorrectionThatLeavesHardlyAWordIsTakenAndDoubted() async throws {
        let job = try await finished()
        let videoID = try #require(job.videoID)
        let other = "1\n00:00:00,100 --> 00:00:02,000\nWhales sing below the ice every winter.\n"
        let note = try #require(try await daemon.ask(other, as: "\(videoID).srt", in: .update).actions?.first?.note)
        #expect(note.contains("words are as they were") && note.contains("{\"version\": \"\(job.jobID)\"}"), "\(note)")
        #expect(try daemon.transcript(of: videoID).text.contains("Whales"))
    }

    @Test func versionsAreListedComparedAndRestored() async throws {
        let job = try await finished()
        let videoID = try #require(job.videoID)
        #expect(try await correct(videoID, "evening", to: "afternoon").actions?.first?.note?.contains("changed in 1 place") == true)
        let listed = try await run("versions", videoID)
        #expect(listed.output.contains("corrected by") && listed.output.contains(job.jobID), "\(listed.output)")
        let compared = try await run("versions", videoID, "--compare", String(job.jobID.suffix(8)), "--json")
        #expect(compared.output.contains("\"to\" : \"afternoon.\""), "\(compared.output)\(compared.errors)")
        #expect(try await run("versions", videoID, "--compare", "nothing").code == 3)

        let restored = try await run("restore", videoID, "--version", job.jobID)
        #expect(restored.code == 0, "\(restored.errors)")
        #expect(try daemon.transcript(of: videoID).provenance.jobID == job.jobID)
        #expect(try await run("search", "afternoon").code == 3)
        let corrected = try #require(
            try TranscriptVersions(bundle: layout.bundle(videoID)).all.first { $0.transcript.provenance.isByHuman })
        #expect(try await run("restore", videoID, "--version", corrected.id).code == 0)
        #expect(try await run("search", "afternoon").code == 0)
        let refused = try await run("restore", videoID, "--version", "nothing")
        #expect(refused.code == 4 && refused.output.contains(job.jobID), "\(refused.output)")
    }

    @Test func aSecondDownloadOfSubtitlesIsTaken() async throws {
        let videoID = try #require(try await finished().videoID)
        let receipt = try await daemon.ask(try text(videoID, "transcript.srt"), as: "\(videoID).en (1).srt", in: .update)
        #expect(receipt.actions?.map(\.videoID) == [videoID], "\(receipt.refused)")
    }

    @Test func whatIsNoTranscriptOfTheVideoIsRefusedAndChangesNothing() async throws {
        let videoID = try #require(try await finished().videoID)
        let before = try daemon.transcript(of: videoID)
        for (name, text, reason) in [
            ("\(videoID).srt", "Dear editor,\n\nthis is a letter.\n", "no SubRip file"),
            ("\(videoID).vtt", "1\n00:00:01,000 --> 00:00:02,000\nSubRip under a wrong name\n", "no WebVTT file"),
            ("\(videoID).srt", "1\n02:00:00,000 --> 02:00:02,000\nMuch later.\n", "another recording"),
            ("\(videoID).srt", "1\n00:00:00,000 --> 00:00:01,000\nGood.\n\n2\n00:00:01,000 -> 00:00:02,000\nBroken.\n", "line 6"),
            ("\(videoID).srt", "1\n00:00:02,000 --> 00:00:01,000\nBackwards.\n\n2\n00:00:01,000 --> 00:00:02,000\nGood.\n", "line 2"),
            ("\(videoID).srt", "PK\u{3}\u{4} word/document.xml", "word processor"),
            ("\(videoID).srt", "", "it is empty"),
            ("\(videoID).json", "{\"speakers\": {\"Speaker 3\": \"Ada\"}}", "no speaker is labelled"),
            ("\(videoID).json", "{\"segments\": [{\"text\": \"no times\"}]}", "segments"),
            ("\(videoID).json", "{\"speakers\": [\"Ada\"]}", "labels and names"),
            ("\(videoID).json", "{\"version\": \"x\", \"title\": \"y\"}", "beside other fields"),
            ("nobody.srt", "1\n00:00:01,000 --> 00:00:02,000\nWhose?\n", "no video"),
        ] {
            let receipt = try await daemon.ask(text, as: name, in: .update)
            #expect(receipt.outcome == .rejected && receipt.refused.first?.reason.contains(reason) == true, "\(name): \(receipt.refused)")
            #expect(receipt.refused.first?.hint != nil)
        }
        #expect(try daemon.transcript(of: videoID) == before)
    }

    @Test func theCommandTakesOurOwnJSONAndWhatIsInTheTrashIsNotFound() async throws {
        let videoID = try #require(try await finished().videoID)
        var source = try daemon.transcript(of: videoID)
        source.segments[0].text = source.segments[0].text.replacing("library", with: "observatory")
        let file = try folder.write(String(decoding: SpoolJSON.data(source), as: UTF8.self), to: "corrected.json")
        let sent = try await run("update", videoID, "--transcript", file.string)
        #expect(sent.code == 0, "\(sent.errors)\(sent.output)")
        // The answer to a second one is its own, not that to the first.
        let letter = try folder.write("Dear editor, this is no transcript.", to: "corrected.srt")
        #expect(try await run("update", videoID, "--transcript", letter.string).code == 4)
        let good = try folder.write(try text(videoID, "transcript.srt"), to: "corrected.srt")
        let again = try await run("update", videoID, "--transcript", good.string)
        #expect(again.code == 0 && again.output.contains("no word is changed"), "\(again.output)\(again.errors)")
        let found = try await run("search", "observatory", "--json")
        #expect(found.output.contains("videos/\(videoID).html#t") && found.output.contains("**observatory**"), "\(found.output)")
        #expect(found.output.contains("\"has_more\" : false"), "\(found.output)")
        #expect(try await run("delete", videoID).code == 0)
        #expect(try await run("search", "observatory").code == 3)
        #expect(try await run("restore", videoID).code == 0)
        #expect(try await run("search", "observatory").code == 0)
        #expect(try await run("delete", "--hard", videoID).code == 0)
        #expect(try await run("search", "observatory").code == 3)
    }

    @Test func aLostDatabaseIsMadeAnewOfTheBundles() async throws {
        let videoID = try #require(try await finished().videoID)
        _ = try await correct(videoID, "library", to: "laboratory")
        let gone = try #require(try await finished("other.mp4", text: Speech.garden, drop: "other.url").videoID)
        // Both say it.
        let all = try await run("search", "the", "--limit", "1")
        #expect(all.code == 0 && all.errors.contains("These are the best 1; there are others: --limit 5 shows more"), "\(all.errors)")
        #expect(try await run("search", "the", "--limit", "1", "--json").output.contains("\"has_more\" : true"))
        #expect(try await run("search", "the").errors == "")
        #expect(try await run("delete", gone).code == 0)
        let busy = try await run("rebuild")
        #expect(busy.code == 5 && busy.errors.contains("daemon"), "\(busy.errors)")
        try await daemon.stop()
        for name in try FileSystem.list(layout.own) where name.string.hasPrefix("jobs.sqlite") {
            try FileSystem.remove(layout.own.appending(name))
        }
        #expect(try await run("doctor").output.contains("spoolscribe rebuild"))
        let lost = try await run("search", "laboratory")
        #expect(lost.code == 5 && lost.errors.contains("spoolscribe rebuild"), "\(lost.errors)")
        let rebuilt = try await run("rebuild")
        #expect(rebuilt.output.trimmed == "recorded 2 videos, 2 of them unknown before", "\(rebuilt.errors)")
        #expect(try await run("search", "laboratory").code == 0)
        #expect(try await run("search", "visitors").code == 3, "it is in the trash")
        // One that is damaged is named, and stops none of the others.
        let comments = layout.trashed(gone).appending(Comment.name)
        try AtomicFile.write(Data("{}\n".utf8), to: comments)
        let damaged = try await run("rebuild")
        #expect(damaged.code == 1 && damaged.output.contains("could not read \(gone)"), "\(damaged)")
        #expect(damaged.output.contains("recorded 1 video"), "\(damaged)")
        try FileSystem.remove(comments)
        try await daemon.start()
        #expect(try await run("restore", gone).code == 0)
        #expect(try await run("search", "visitors").code == 0)
        #expect(try await run("rebuild").code == 5)
    }

    @Test func aModelThatIsNotThereFailsOnlyItsJobAndSaysWhatWouldHelp() async throws {
        let videoID = try #require(try await finished().videoID)
        let receipt = try await daemon.ask("{\"model_size\": \"base.en\"}", as: "\(videoID).json", in: .reprocess)
        let job = try await daemon.ended(try #require(receipt.jobs.first).jobID)
        #expect(job.status == .failed && job.error?.code == "model_missing", "\(job.error?.description ?? "")")
        #expect(job.error?.hint?.contains("transcription.model") == true)
    }
}
