import FoundationEssentials
import SpoolFiles
import Synchronization
import SystemPackage

/// Plans how a recording is cut at silences, for engines that hear on another machine.
struct SpeechPlanner: Sendable {
    let toolbox: Toolbox
    /// Seconds that a child gets to end by itself.
    let grace: Double

    /// - Parameter longest: seconds of a part at most.
    func plan(_ audio: FilePath, longest: Double) async throws(StageFailure) -> TranscriptionPlan {
        let child = ChildProcess(
            executable: toolbox.python,
            arguments: [Toolbox.resource("speech_planner.py").string, "--longest", String(longest), "--", audio.string],
            environment: ["PYTHONDONTWRITEBYTECODE": "1"], grace: grace, stall: 3600)
        let answer = Mutex<Data?>(nil)
        let ending: ChildProcess.Ending
        do {
            ending = try await child.run { line in answer.withLock { $0 = Data(line.utf8) } }
        } catch is ChildProcess.Stalled {
            throw .crashed(
                Failure(
                    .permanent, "planner_died", "what plans the parts of a recording gave no sign of life for an hour and was ended",
                    hint: Self.hint))
        } catch {
            if Task.isCancelled { throw .interrupted }
            throw .failed(
                Failure(
                    .local, "planner_missing", "what plans the parts of a recording could not be run: \(error)",
                    hint: "See spoolscribe doctor"))
        }
        if Task.isCancelled { throw .interrupted }
        guard let data = answer.withLock({ $0 }) else {
            throw .crashed(
                Failure(
                    .permanent, "planner_died", "what plans the parts of a recording \(ending.words): \(ending.errorTail.last ?? "")",
                    hint: Self.hint))
        }
        if let plan = try? SpoolJSON.decode(TranscriptionPlan.self, from: data) { return plan }
        throw .failed(
            (try? SpoolJSON.decode(Failure.self, from: data))
                ?? Failure(
                    .local, "planner_confused", "what plans the parts of a recording gave an answer that is not understood",
                    hint: "Run spoolscribe doctor; run scripts/setup again, or set tools.python"))
    }

    private static let hint = "Try again; if it happens again, the recording may be damaged, or this machine short of memory"
}
