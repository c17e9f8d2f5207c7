import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

/// The real libav, in the child process of the real binary.
struct MediaTests {
    private let folder: TemporaryFolder
    private let tool: MediaTool

    init() throws {
        folder = try TemporaryFolder()
        tool = MediaTool(toolbox: Toolbox(python: Repository.python, executable: Repository.binary), settings: PipelineSettings())
    }

    private func extract(_ name: String) async throws -> MediaTool.Sound {
        try await tool.extractSound(.init(), from: folder.path.appending(name), into: folder.path) { _, _ in }
    }

    private func failure(_ name: String) async throws -> Failure {
        do throws(StageFailure) {
            let sound = try await tool.extractSound(.init(), from: folder.path.appending(name), into: folder.path) { _, _ in }
            throw StageFailure.failed(Failure(.permanent, "no_failure", "\(sound)"))
        } catch {
            guard case .failed(let failure) = error else { throw error }
            return failure
        }
    }

    @Test func speechIsSixteenKilohertzMonoAndAsLongAsTheSource() async throws {
        try await Speech.video(Speech.library, at: folder.path.appending("source.mp4"))
        let sound = try await extract("source.mp4")
        #expect(sound.audio == "audio.m4a")
        #expect(sound.media.audioCodec == "aac")
        #expect(sound.media.videoCodec == "h264")
        #expect(sound.media.width == 320)
        let probe = try await Tool.run(
            "ffprobe",
            [
                "-v", "error", "-show_entries", "stream=codec_name,sample_rate,channels,duration", "-of", "csv=p=0",
                folder.path.appending("speech.wav").string,
            ])
        let fields = probe.trimmed.split(separator: ",")
        #expect(fields.prefix(3).joined(separator: ",") == "pcm_s16le,16000,1")
        #expect((4...sound.media.duration + 0.1).contains(Double(fields[3])!))
    }

    @Test(arguments: [
        ("aac", "m4a", "source.mp4"), ("libmp3lame", "mp3", "source.mp3"), ("libopus", "opus", "source.webm"),
        ("libvorbis", "ogg", "source.ogg"),
        ("flac", "flac", "source.flac"), ("pcm_s16le", "wav", "source.wav"), ("ac3", "mka", "source.ts"),
    ])
    func theSoundTrackIsCopiedWithoutLoss(codec: String, ending: String, name: String) async throws {
        let wav = try await Speech.wav(Speech.garden, at: folder.path.appending("said.wav"))
        let source = folder.path.appending(name)
        try await Tool.run("ffmpeg", ["-v", "error", "-y", "-i", wav.string, "-c:a", codec, "-ar", "48000", source.string])
        let sound = try await extract(name)
        #expect(sound.audio == "audio.\(ending)")
        #expect(sound.warnings.isEmpty)
        #expect(try await streamHash(folder.path.appending(sound.audio!)) == streamHash(source))
    }

    /// The hash of the packets' contents, which a copy leaves as they are.
    private func streamHash(_ path: FilePath) async throws -> String {
        try await Tool.run("ffmpeg", ["-v", "error", "-i", path.string, "-map", "0:a", "-c", "copy", "-f", "md5", "-"])
    }

    @Test func aPictureIsTakenAndASoundHasNone() async throws {
        try await Speech.video(Speech.library, at: folder.path.appending("source.mp4"))
        #expect(try await tool.still(of: folder.path.appending("source.mp4"), into: folder.path))
        let probe = try await Tool.run(
            "ffprobe",
            [
                "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0",
                folder.path.appending("thumbnail.jpg").string,
            ])
        #expect(probe.trimmed == "mjpeg,320,180")
        try await Speech.wav(Speech.library, at: folder.path.appending("sound.wav"))
        #expect(try await !tool.still(of: folder.path.appending("sound.wav"), into: folder.path))
    }

    @Test func aFileWithoutSound() async throws {
        try await Tool.run(
            "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:duration=1", "-pix_fmt", "yuv420p",
                folder.path.appending("mute.mp4").string,
            ])
        let failure = try await failure("mute.mp4")
        #expect(failure.code == "no_sound")
        #expect(failure.message.contains("no sound track"))
    }

    @Test func aPictureMayGoOnAfterTheSound() async throws {
        let wav = try await Speech.wav(Speech.library, at: folder.path.appending("said.wav"))
        try await Tool.run(
            "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:duration=20", "-i", wav.string, "-pix_fmt", "yuv420p",
                folder.path.appending("long.mp4").string,
            ])
        let sound = try await extract("long.mp4")
        #expect(abs(sound.media.duration - 20) < 0.5)
        #expect(sound.warnings.isEmpty)
    }

    @Test func truncatedFiles() async throws {
        for name in ["whole.mp4", "whole.wav"] {
            if name.hasSuffix("wav") {
                try await Speech.wav(Speech.library, times: 3, at: folder.path.appending(name))
            } else {
                try await Speech.video(Speech.library, at: folder.path.appending(name))
            }
            let data = try FileSystem.read(folder.path.appending(name))
            try folder.write(data.prefix(data.count / 2), to: "cut-\(name)")
        }
        #expect(try await self.failure("cut-whole.mp4").code == "truncated")
        // With its index in front it opens, and only the end tells.
        try await Tool.run(
            "ffmpeg",
            [
                "-v", "error", "-i", folder.path.appending("whole.mp4").string, "-c", "copy", "-movflags", "+faststart",
                folder.path.appending("front.mp4").string,
            ])
        let front = try FileSystem.read(folder.path.appending("front.mp4"))
        try folder.write(front.prefix(front.count / 2), to: "cut-front.mp4")
        let failure = try await self.failure("cut-front.mp4")
        #expect(failure.code == "truncated")
        #expect(failure.message.contains("ends after"))
        #expect(try await self.failure("cut-whole.wav").code == "truncated")
    }

    @Test func textCalledMP4() async throws {
        try folder.write("Dear all,\nthe video follows.\n", to: "letter.mp4")
        let failure = try await failure("letter.mp4")
        #expect(failure.code == "not_media")
        #expect(failure.message.contains("letter.mp4 is text"))
    }

    @Test func noiseAndNothing() async throws {
        try folder.write(Data((0..<5000).map { _ in UInt8.random(in: 0...255) }), to: "noise.mp4")
        #expect(try await failure("noise.mp4").class == .permanent)
        try folder.write("", to: "empty.mp4")
        #expect(try await failure("empty.mp4").code == "empty")
    }

    @Test func theLimitsHaveTheirOwnReasons() async throws {
        // Hours of silence are little to write and take a while to decode.
        try await Tool.run(
            "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-t", "14400", "-c:a", "flac",
                folder.path.appending("source.flac").string,
            ])
        var settings = PipelineSettings()
        settings.extraction.cpuBase = 1
        settings.extraction.cpuPerSecond = 0
        #expect(try await limitFailure(settings).code == "cpu_limit")
        settings = PipelineSettings()
        settings.network.maxBytes = 1 << 20
        #expect(try await limitFailure(settings).code == "size_limit")
        settings = PipelineSettings()
        settings.extraction.memory = 256 << 20
        #expect(try await limitFailure(settings).code == "memory_limit")
    }

    private func limitFailure(_ settings: PipelineSettings) async throws -> Failure {
        let tool = MediaTool(toolbox: Toolbox(python: Repository.python, executable: Repository.binary), settings: settings)
        do throws(StageFailure) {
            _ = try await tool.extractSound(.init(), from: folder.path.appending("source.flac"), into: folder.path) { _, _ in }
            throw StageFailure.crashed(Failure(.permanent, "no_failure", "it should have failed"))
        } catch {
            guard case .failed(let failure) = error else { throw error }
            return failure
        }
    }

    @Test func aPlayListOpensNoOtherFile() async throws {
        let secret = try await Speech.wav(Speech.library, at: folder.path.appending("secret.wav"))
        try folder.write("#EXTM3U\n#EXTINF:5,\n\(secret.string)\n#EXT-X-ENDLIST\n", to: "list.mp4")
        try folder.write("ffconcat version 1.0\nfile \(secret.string)\n", to: "concat.mp4")
        #expect(try await failure("list.mp4").code == "not_media")
        #expect(try await failure("concat.mp4").code == "not_media")
    }

    @Test func aChildThatIsKilledIsACrashAndNotAFailure() async throws {
        let deadly = try folder.write("#!/bin/sh\nkill -SEGV $$\n", to: "deadly")
        #expect(chmod(deadly.string, 0o700) == 0)
        let tool = MediaTool(toolbox: Toolbox(python: Repository.python, executable: deadly), settings: PipelineSettings())
        do throws(StageFailure) {
            _ = try await tool.extractSound(.init(), from: folder.path.appending("x"), into: folder.path) { _, _ in }
            #expect(Bool(false), "it should have failed")
        } catch {
            guard case .crashed(let failure) = error else { return #expect(Bool(false), "\(error)") }
            #expect(failure.message.contains("signal 11"))
        }
    }
}
