import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// What every engine must do, on the real binary.
enum Engine: String, CaseIterable, Sendable {
    case captions, fasterWhisper = "faster-whisper", openAI = "openai"

    var hears: Bool { self != .captions }
}

struct EngineTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let said = "\(Speech.library) \(Speech.garden)"

    /// A daemon that transcribes by that engine.
    private func daemon(_ engine: Engine, _ set: [String] = [], server: TranscriptionServer?) async throws -> Daemon {
        var settings = set
        if let server { settings += ["transcription.engine=openai", "openai.url=\(server.url)", "openai.model=tiny.en"] }
        if engine == .captions { settings.append("spool.companion_seconds=30") }
        let daemon = Daemon(spool: folder.path.appending("spool"), set: settings)
        try await daemon.start()
        return daemon
    }

    private func server(for engine: Engine) async throws -> TranscriptionServer? {
        engine == .openAI ? try await TranscriptionServer(in: folder) : nil
    }

    private func dropTalk(_ engine: Engine, _ daemon: Daemon) async throws -> StatusSidecar {
        try await Speech.wav(Self.said, at: folder.path.appending("talk.wav"))
        if engine == .captions {
            let cues = "1\n00:00:00,100 --> 00:00:05,000\n\(Speech.library)\n\n2\n00:00:05,100 --> 00:00:09,000\n\(Speech.garden)\n"
            try daemon.drop(cues, as: "talk.srt")
        }
        try daemon.drop(folder.path.appending("talk.wav"), as: "talk.wav")
        return try await daemon.ended(try #require(try await daemon.receipt(for: "talk.wav").jobs.first).jobID)
    }

    @Test(arguments: Engine.allCases)
    func speechBecomesATranscriptThatSaysWhatMadeIt(engine: Engine) async throws {
        let server = try await server(for: engine)
        let daemon = try await daemon(engine, ["transcription.hotwords=library, visitors"], server: server)
        let job = try await dropTalk(engine, daemon)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        let transcript = try daemon.transcript(of: try #require(job.videoID))
        #expect(WordErrorRate.of(transcript.text, against: Self.said) < 0.05, "\(transcript.text)")
        #expect(transcript.language == "en" || engine == .captions)
        #expect(transcript.segments.map(\.id) == Array(transcript.segments.indices))
        for (segment, next) in zip(transcript.segments, transcript.segments.dropFirst()) { #expect(segment.start <= next.start) }
        let times = transcript.segments.flatMap { segment in
            [(segment.start, segment.end)] + segment.words.map { ($0.start, $0.end) }
        }
        #expect(times.allSatisfy { 0 <= $0 && $0 <= $1 && $1 <= transcript.duration + 0.01 })
        if engine.hears {
            #expect(
                transcript.segments.allSatisfy { segment in
                    segment.words.map { $0.word.trimmed }.joined(separator: " ") == segment.text.trimmed
                })
            #expect(transcript.segments.allSatisfy { $0.flags == nil })
            #expect(transcript.quality.map { $0.score > 0.7 } == true)
        }
        let made = transcript.provenance
        #expect(made.engine == engine.rawValue && !made.engineVersion.isEmpty && !made.model.isEmpty && made.jobID == job.jobID)
        #expect(made.hotwords == (engine.hears ? "library, visitors" : nil))
    }

    @Test(arguments: Engine.allCases.filter(\.hears))
    func fiveMinutesOfSilenceNoiseOrMusicGiveNoInventedSentence(engine: Engine) async throws {
        let server = try await server(for: engine)
        let daemon = try await daemon(engine, server: server)
        // A melody over chords that swell, with a beat.
        let music =
            "aevalsrc=0.1*sin(2*PI*(220+55*floor(mod(t\\,4)))*t)+0.08*sin(2*PI*330*t)*(1+sin(2*PI*t))+0.2*random(0)*exp(-20*mod(t\\,0.5)):s=16000"
        for (name, source, flag) in [
            ("silence", "anullsrc=r=16000:cl=mono", Transcript.Flag.silence), ("noise", "anoisesrc=a=0.1:c=pink:r=16000", .noVoice),
            ("music", music, .noVoice),
        ] {
            let path = folder.path.appending("\(name).wav")
            try await Tool.run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, "-t", "300", path.string])
            try daemon.drop(path, as: "\(name).wav")
            let job = try await daemon.ended(try #require(try await daemon.receipt(for: "\(name).wav").jobs.first).jobID)
            #expect(job.status == .completed, "\(job.error?.description ?? "")")
            let transcript = try daemon.transcript(of: try #require(job.videoID))
            #expect(transcript.segments.isEmpty && transcript.flags == [.noSpeech, flag], "\(name): \(transcript.text)")
        }
    }

    @Test(arguments: Engine.allCases.filter(\.hears))
    func aCancelledJobEndsAndTheNextIsHeard(engine: Engine) async throws {
        let server = try await server(for: engine)
        let daemon = try await daemon(engine, server: server)
        try server?.answerNext(["hang"])
        try await Speech.wav(Speech.story, times: 8, at: folder.path.appending("long.wav"))
        try daemon.drop(folder.path.appending("long.wav"), as: "long.wav")
        let jobID = try #require(try await daemon.receipt(for: "long.wav").jobs.first).jobID
        _ = try await daemon.job(jobID, "transcribing") { $0.status == .transcribing && $0.stageState == .running }
        if let server { try await eventually("the first request") { try !server.requests().isEmpty } }
        _ = try await daemon.ask("", as: jobID, in: .cancel)
        #expect(try await daemon.ended(jobID).status == .cancelled)
        #expect(try await dropTalk(engine, daemon).status == .completed)
    }

    @Test func aLongRecordingIsSentInPartsThatLoseAndDoubleNoWord() async throws {
        let server = try await TranscriptionServer(in: folder)
        let daemon = try await daemon(.openAI, ["openai.part_seconds=25", "openai.requests=2"], server: server)
        try await Speech.wav(Speech.story, at: folder.path.appending("story.wav"))
        try daemon.drop(folder.path.appending("story.wav"), as: "story.wav")
        let job = try await daemon.ended(try #require(try await daemon.receipt(for: "story.wav").jobs.first).jobID)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        let transcript = try daemon.transcript(of: try #require(job.videoID))
        #expect(WordErrorRate.of(transcript.text, against: Speech.story) < 0.05, "\(transcript.text)")
        let requests = try server.requests()
        #expect(requests.count >= 3)
        #expect(requests.allSatisfy { $0.bytes < 26 * 32_000 && $0.fields["response_format"] == ["verbose_json"] })
        #expect(requests.first?.fields["language"] == nil)
        #expect(requests.dropFirst().allSatisfy { $0.fields["language"] == ["en"] }, "the language of the first holds for all")
    }

    @Test func theKeyComesFromItsFileAndFaultsHaveTheirClasses() async throws {
        let server = try await TranscriptionServer(in: folder)
        try server.answerNext(["429 1", "500", "break", "401"])
        let key = try folder.write("sesame\n", to: "key")
        let daemon = try await daemon(
            .openAI, ["openai.key_file=\(key.string)", "retry.delays=0.1", "retry.local_seconds=0.2"], server: server)
        let job = try await dropTalk(.openAI, daemon)
        #expect(job.status == .completed, "\(job.error?.description ?? "")")
        let failures = job.attempts.compactMap(\.error)
        #expect(failures.map(\.class) == [.blocked, .transient, .transient, .local])
        #expect(failures.map(\.code) == ["too_many_requests", "server_fault", "server_broke_off", "server_refused_key"])
        #expect(job.retryCount == 2, "a blocked server and a wrong key count no try")
        #expect(try server.requests().allSatisfy { $0.key == "Bearer sesame" })
        #expect(try !String(contentsOfFile: daemon.log.string, encoding: .utf8).contains("sesame"))
    }

    @Test func aServerThatIsAwayLetsTheStageRest() async throws {
        let server = try await TranscriptionServer(in: folder)
        server.stop()
        let daemon = try await daemon(.openAI, server: server)
        try await Speech.wav(Speech.library, at: folder.path.appending("talk.wav"))
        try daemon.drop(folder.path.appending("talk.wav"), as: "talk.wav")
        let jobID = try #require(try await daemon.receipt(for: "talk.wav").jobs.first).jobID
        let waiting = try await daemon.job(jobID, "waiting") { $0.status == .pending }
        #expect(waiting.error?.class == .local && waiting.error?.code == "server_away" && waiting.retryCount == 0)
        #expect(waiting.error?.hint?.contains("openai.url") == true)
    }
}
