import FoundationEssentials
import Logging
import ServiceLifecycle
import SpoolFiles
import Subprocess
import SystemPackage
import Watcher

/// The recogniser: one warm child process that loads a model once and hears parts of many recordings side by side.
///
/// Started at the first request, ended when nothing was asked for a while. Its death ends the requests that were under way
/// and nothing else; the next request starts it anew.
public actor WhisperWorker: Service {
    /// What a request hears.
    enum Event: Sendable {
        case ready(RecogniserIdentity)
        case planned(TranscriptionPlan)
        case part(TranscribedPart)
        /// Seconds of sound.
        case progress(done: Double, total: Double)
        case done
        case failed(Failure)
        /// The process died, with its last words.
        case died(String)
    }

    private struct Listener {
        let request: TranscriptionRequest
        let continuation: AsyncStream<Event>.Continuation
    }

    private let toolbox: Toolbox
    private let settings: PipelineSettings.Transcription
    private let grace: Double
    private let logger: Logger
    private let bell = Doorbell()
    private var admission = WorkerAdmission()
    private var listeners: [String: Listener] = [:]
    private var outbox: [Data] = []
    private var identity: RecogniserIdentity?
    private var lastWord: Failure?
    private var lastSign = ContinuousClock.now

    public init(toolbox: Toolbox, settings: PipelineSettings, logger: Logger) {
        self.toolbox = toolbox
        self.settings = settings.transcription
        grace = settings.grace
        self.logger = logger
    }

    /// Asks for a transcription. The stream ends with `done`, `failed` or `died`; leaving it early cancels the request.
    func transcribe(_ request: TranscriptionRequest, isSuspect: Bool) -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        listeners[request.id] = Listener(request: request, continuation: continuation)
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            Task { await self.leave(request.id) }
        }
        admission.enter(.init(id: request.id, model: request.model, isSuspect: isSuspect))
        admit()
        return stream
    }

    private func leave(_ id: String) {
        guard listeners.removeValue(forKey: id) != nil else { return }
        if admission.active.contains(where: { $0.id == id }) { send(["op": "cancel", "id": id]) }
        admission.leave(id)
        admit()
    }

    private func admit() {
        for entry in admission.admit() {
            guard let listener = listeners[entry.id] else { continue }
            if let identity { listener.continuation.yield(.ready(identity)) }
            send(listener.request)
        }
        bell.ring()
    }

    private func send(_ message: some Encodable) {
        outbox.append(SpoolJSON.line(message))
        bell.ring()
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let model = await self.wantedModel {
                    await self.runSession(model)
                } else {
                    await self.bell.wait(until: nil)
                }
            }
        }
    }

    private var wantedModel: String? { admission.active.first?.model }

    /// One life of the process.
    private func runSession(_ model: String) async {
        let decoders = settings.decoders > 0 ? settings.decoders : ProcessInfo.processInfo.activeProcessorCount
        let child = ChildProcess(
            executable: toolbox.python,
            arguments: [
                Toolbox.whisperWorker.string, "--model", model, "--compute-type", settings.computeType, "--decoders", String(decoders),
            ],
            grace: grace)
        let tail = Tail()
        lastWord = nil
        lastSign = .now
        var words: String
        do {
            let result = try await Subprocess.run(
                child.configuration, input: .inputWriter, output: .sequence, error: .sequence
            ) { execution in
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        for try await line in execution.standardError.lines() { tail.add(line) }
                    }
                    group.addTask {
                        while let lines = await self.nextLines(for: model) {
                            if lines.isEmpty { break }
                            _ = try await execution.standardInputWriter.write(Array(lines))
                        }
                        // The end of its input is the wish to end.
                        try await execution.standardInputWriter.finish()
                    }
                    for try await line in execution.standardOutput.lines() { hear(line) }
                    // It has closed its output: it is ending. Wake the writer, so that it sees it.
                    group.cancelAll()
                    while let result = await group.nextResult() { _ = result }
                }
            }
            words = "the recogniser \(ChildProcess.Ending(status: result.terminationStatus, errorTail: []).words)"
        } catch {
            words = "the recogniser could not be run: \(error)"
        }
        if let last = tail.lines.last { words += " (\(last))" }
        endSession(words)
    }

    /// Lines to send, as soon as there are some; `nil` or none when the process should end.
    private func nextLines(for model: String) async -> Data? {
        let start = ContinuousClock.now
        while !Task.isCancelled {
            if !outbox.isEmpty {
                defer { outbox = [] }
                return outbox.reduce(into: Data()) { $0.append($1) }
            }
            if let wanted = wantedModel, wanted != model { return nil }
            let now = ContinuousClock.now
            if admission.active.isEmpty {
                let end = max(start, lastSign) + .seconds(settings.idle)
                if now >= end { return nil }
                await bell.wait(until: end)
            } else {
                let end = lastSign + .seconds(settings.stall)
                if now >= end {
                    logger.error("the recogniser gave no sign for \(settings.stall) s and is ended")
                    return nil
                }
                await bell.wait(until: end)
            }
        }
        return nil
    }

    private func hear(_ line: String) {
        lastSign = .now
        let reply: WorkerReply
        do {
            reply = try SpoolJSON.decode(WorkerReply.self, from: Data(line.utf8))
        } catch {
            logger.error(
                "the recogniser wrote a line that is not understood", metadata: ["line": "\(line.prefix(200))", "error": "\(error)"])
            return
        }
        switch reply {
        case .ready(let identity):
            self.identity = identity
            logger.info("the recogniser is ready", metadata: ["model": "\(identity.model)", "decoders": "\(identity.decoders)"])
            for entry in admission.active { listeners[entry.id]?.continuation.yield(.ready(identity)) }
        case .planned(let id, let plan): listeners[id]?.continuation.yield(.planned(plan))
        case .part(let id, let part): listeners[id]?.continuation.yield(.part(part))
        case .progress(let id, let done, let total): listeners[id]?.continuation.yield(.progress(done: done, total: total))
        case .done(let id): finish(id, .done)
        case .cancelled: break
        case .error(let id?, let failure): finish(id, .failed(failure))
        case .error(nil, let failure): logger.error("the recogniser refused a line", metadata: ["reason": "\(failure)"])
        case .fatal(let failure): lastWord = failure
        }
    }

    private func finish(_ id: String, _ event: Event) {
        guard let listener = listeners.removeValue(forKey: id) else { return }
        listener.continuation.yield(event)
        listener.continuation.finish()
        admission.leave(id)
        admit()
    }

    private func endSession(_ words: String) {
        identity = nil
        outbox = []
        let event: Event = lastWord.map(Event.failed) ?? .died(words)
        for entry in admission.active {
            guard let listener = listeners.removeValue(forKey: entry.id) else { continue }
            listener.continuation.yield(event)
            listener.continuation.finish()
            admission.leave(entry.id)
        }
        admit()
    }
}
