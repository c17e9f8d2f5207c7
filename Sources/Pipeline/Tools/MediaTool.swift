import FoundationEssentials
import SpoolFiles
import Subprocess
import Synchronization
import SystemPackage

/// Opens media in a child process of ours with limits, and reads what the child reports.
struct MediaTool: Sendable {
    let toolbox: Toolbox
    let settings: PipelineSettings
    /// What people know the recording as; the file has a name of ours.
    var displayName: String?

    struct Sound: Sendable {
        let media: VideoMetadata.Media
        let audio: String?
        let warnings: [String]
    }

    /// Writes `speech.wav` and `audio.*` into the folder.
    func extractSound(
        _ wish: MediaChild.SoundWish, from source: FilePath, into folder: FilePath,
        progress: @escaping @Sendable (_ done: Double, _ total: Double) -> Void
    ) async throws(StageFailure) -> Sound {
        let answer = try await run(.sound, source, folder, wish, progress: progress)
        guard case .extracted(let media, let audio, let warnings) = answer else { throw unexpected(answer) }
        return Sound(media: media, audio: audio, warnings: warnings)
    }

    /// Writes `thumbnail.jpg` into the folder.
    /// - Returns: `false` if the recording has no picture that could be read.
    func still(of source: FilePath, into folder: FilePath) async throws(StageFailure) -> Bool {
        do throws(StageFailure) {
            let answer = try await run(.still, source, folder) { _, _ in }
            guard case .still = answer else { throw unexpected(answer) }
            return true
        } catch {
            if case .failed(let failure) = error, failure.class == .permanent { return false }
            throw error
        }
    }

    private func unexpected(_ answer: MediaReport) -> StageFailure {
        .crashed(Failure(.permanent, "child_confused", "the child that opens media gave an answer to another question: \(answer)"))
    }

    private func run(
        _ work: MediaChild.Work, _ source: FilePath, _ folder: FilePath, _ sound: MediaChild.SoundWish = .init(),
        progress: @escaping @Sendable (Double, Double) -> Void
    ) async throws(StageFailure) -> MediaReport {
        let child = ChildProcess(
            executable: toolbox.executable,
            arguments: [
                "internal-media", "--work", work.rawValue, "--memory", String(settings.extraction.memory), "--cpu-base",
                String(settings.extraction.cpuBase), "--cpu-per-second", String(settings.extraction.cpuPerSecond), "--file-size",
                String(settings.network.maxBytes), "--folder", folder.string, "--channels", sound.channels.rawValue,
            ] + (sound.language.map { ["--language", $0] } ?? []) + ["--", source.string],
            workingDirectory: folder, grace: settings.grace)
        let answer = Mutex<MediaReport?>(nil)
        let ending: ChildProcess.Ending
        do {
            ending = try await child.run { line in
                guard let report = try? JSONDecoder().decode(MediaReport.self, from: Data(line.utf8)) else { return }
                if case .progress(let done, let total) = report { progress(done, total) } else { answer.withLock { $0 = report } }
            }
        } catch is ChildProcess.Stalled {
            throw .crashed(
                Failure(
                    .permanent, "child_hung",
                    "the child that opens media stood still on \(displayName ?? source.lastComponent?.string ?? "it")"))
        } catch {
            if Task.isCancelled { throw .interrupted }
            throw .failed(
                Failure(
                    .local, "child_missing", "the child that opens media could not be started: \(error)",
                    hint: "Check memory and process limits of this machine"))
        }
        if Task.isCancelled { throw .interrupted }
        if case .signaled(let signal) = ending.status {
            // SIGXCPU and SIGXFSZ are our own limits.
            if signal == 24 || signal == 25 {
                throw .failed(
                    Failure(
                        .permanent, signal == 24 ? "cpu_limit" : "size_limit",
                        "\(displayName ?? source.lastComponent?.string ?? "the recording") needs more \(signal == 24 ? "processor time" : "disk space") than allowed",
                        hint: "It is probably damaged; try a fresh copy of it"))
            }
            throw .crashed(
                Failure(
                    .permanent, "child_died",
                    "the child that opens media \(ending.words) on \(displayName ?? source.lastComponent?.string ?? "it")"))
        }
        switch answer.withLock({ $0 }) {
        case .failure(var failure):
            if let displayName, let name = source.lastComponent?.string {
                failure.message = failure.message.replacing(name, with: displayName)
            }
            throw .failed(failure)
        case let report?: return report
        case nil:
            throw .crashed(
                Failure(
                    .permanent, "child_died",
                    "the child that opens media \(ending.words) without an answer: \(ending.errorTail.last ?? "it said nothing")"))
        }
    }
}
