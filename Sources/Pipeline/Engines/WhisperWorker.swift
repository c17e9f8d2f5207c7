import FoundationEssentials
import Logging
import ServiceLifecycle
import SpoolFiles
import Subprocess
import SystemPackage
import Watcher

/// The recogniser: one warm child process that loads a model once and hears parts of many recordings side by side.
///
/// Started at the first request, ended when nothing was asked for a while. When it dies, requests that had come on since they were
/// given go on with a fresh process behind their last part, and so do all if somebody killed it; otherwise one that had not come on is
/// told, since it may be what kills it.
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
        /// The process died while it had the request, with its last words.
        case died(String)
    }

    private struct Listener {
        /// With the plan and the parts that came: what a fresh process is given.
        var request: TranscriptionRequest
        let continuation: AsyncStream<Event>.Continuation
        /// It was planned, or a part of it was heard, since it was given to the process.
        var hasComeOn = false
        /// Times in a row that somebody killed the process before anything came of this.
        var kills = 0
        /// Seconds of sound, as last reported.
        var done = -1.0
        var steps = 0
    }

    private let toolbox: Toolbox
    private let settings: PipelineSettings.Transcription
    private let grace: Double
    private let logger: Logger
    private let bell = Doorbell()
    private let watchdogBell = Doorbell()
    private var admission = WorkerAdmission()
    private var listeners: [String: Listener] = [:]
    private var requestCount = 0
    private var session: WorkerSession?
    /// Times in a row that it died or hung while it loaded its model.
    private var deathsAtLoading = 0
    /// Times in a row that somebody killed it while it did.
    private var killsAtLoading = 0
    /// Why the GPU is not tried any more.
    private var gpuTrouble: String?

    /// ILL, ABRT, BUS and SEGV: the process ended itself, rather than the kernel or a person.
    private static let signalsOfFaults: Set<Int32> = [4, 6, 7, 11]

    /// Kills in a row after which what it does is thought to be their cause: there are programs that kill for memory before the kernel does.
    private static let killsLimit = 30

    /// Deaths in a row at loading after which those who wait are told.
    private static let deathsAtLoadingLimit = 3

    public init(toolbox: Toolbox, settings: PipelineSettings, logger: Logger) {
        self.toolbox = toolbox
        self.settings = settings.transcription
        grace = settings.grace
        self.logger = logger
    }

    /// Asks for a transcription. The stream ends with `done`, `failed` or `died`; leaving it early cancels the request.
    /// - Parameter isSuspect: an earlier run ended with the recogniser's death, so it is heard alone.
    func transcribe(_ request: TranscriptionRequest, isSuspect: Bool) -> AsyncStream<Event> {
        // An id of its own for each call: what an earlier call of the same job leaves behind must not touch this one.
        requestCount += 1
        var request = request
        request.id += "#\(requestCount)"
        let id = request.id
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        listeners[id] = Listener(request: request, continuation: continuation)
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            Task { await self.leave(id) }
        }
        admission.enter(.init(id: id, model: request.model, isSuspect: isSuspect))
        admit()
        return stream
    }

    private func leave(_ id: String) {
        guard listeners.removeValue(forKey: id) != nil else { return }
        if session?.given.remove(id) != nil { session?.unwanted.append(id) }
        admission.leave(id)
        admit()
    }

    private func admit() {
        for entry in admission.admit() {
            if let session, let identity = session.identity, session.model == entry.model {
                listeners[entry.id]?.continuation.yield(.ready(identity))
            }
        }
        bell.ring()
    }

    private var wantedModel: LoadedModel? { admission.active.first?.model }

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

    private struct Stalled: Error {}
    private struct Confused: Error {}

    private func runSession(_ model: LoadedModel) async {
        session = WorkerSession(model: model)
        let decoders = settings.decoders > 0 ? settings.decoders : ProcessInfo.processInfo.activeProcessorCount
        let child = ChildProcess(
            executable: toolbox.python,
            arguments: [
                Toolbox.whisperWorker.string, "--model", settings.folders[model.name] ?? model.name, "--name", model.name,
                "--compute-type", (gpuTrouble == nil ? model.computeType : model.computeType.onProcessor).rawValue,
                "--device", gpuTrouble == nil ? settings.device : "cpu", "--decoders", String(decoders), "--memory",
                String(settings.memory),
            ],
            environment: ["PYTHONDONTWRITEBYTECODE": "1"], grace: grace)
        let tail = Tail()
        var words: String
        var signal: Int32?
        var hasStalled = false
        do {
            let status = try await withThrowingTaskGroup(of: TerminationStatus?.self) { group in
                group.addTask { try await self.converse(child, tail) }
                group.addTask {
                    try await self.watch()
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next()!
            }
            let ending = status.map { ChildProcess.Ending(status: $0, errorTail: []) }
            if case .signaled(let number)? = status { signal = number }
            words = ending.map { "the recogniser \($0.words)" } ?? "the recogniser was ended"
        } catch is Stalled {
            hasStalled = true
            words = "the recogniser gave no sign of life for too long and was ended"
            logger.error("\(words)")
        } catch is Confused {
            words = "the recogniser said something that is not understood and was ended"
        } catch {
            words = "the recogniser could not be run: \(error)"
        }
        if let last = tail.lines.last { words += " (\(last))" }
        endSession(words, signal: signal, hasStalled: hasStalled)
    }

    /// Runs the process to its end; this is the only place that talks to it.
    private func converse(_ child: ChildProcess, _ tail: Tail) async throws -> TerminationStatus {
        let result = try await Subprocess.run(child.configuration, input: .inputWriter, output: .sequence, error: .sequence) { execution in
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for try await line in execution.standardError.lines() { tail.add(line) }
                }
                group.addTask {
                    while let lines = await self.nextLines() { _ = try await execution.standardInputWriter.write(Array(lines)) }
                    // The end of its input is the wish to end.
                    try await execution.standardInputWriter.finish()
                }
                for try await line in execution.standardOutput.lines() { try hear(line) }
                // It has closed its output: it is ending. The writer may be waiting, or find the pipe broken.
                group.cancelAll()
                while await group.nextResult() != nil {}
            }
        }
        return result.terminationStatus
    }

    /// Lines for the process, as soon as there are some; `nil` when it should end.
    private func nextLines() async -> Data? {
        while !Task.isCancelled, let model = session?.model {
            if let wanted = wantedModel, wanted != model { return nil }
            var lines = Data()
            for id in session?.unwanted ?? [] { lines.append(SpoolJSON.line(["op": "cancel", "id": id])) }
            session?.unwanted = []
            // Only a process that has loaded its model gets requests: should it die before, it was not their fault.
            if session?.identity != nil {
                for entry in admission.active where session?.given.contains(entry.id) == false {
                    guard let listener = listeners[entry.id] else { continue }
                    session?.given.insert(entry.id)
                    lines.append(SpoolJSON.line(listener.request))
                }
            }
            if !lines.isEmpty {
                session?.lastSign = .now
                watchdogBell.ring()
                return lines
            }
            guard admission.active.isEmpty, let lastSign = session?.lastSign else {
                await bell.wait(until: nil)
                continue
            }
            let end = lastSign + .seconds(settings.idle)
            if ContinuousClock.now >= end { return nil }
            await bell.wait(until: end)
        }
        return nil
    }

    /// Throws when the process has work and gives no sign for too long.
    private func watch() async throws {
        while let session {
            let isBusy = session.identity == nil || !session.given.isEmpty
            let deadline = session.lastSign + .seconds(session.patience(settings.stall))
            if isBusy, ContinuousClock.now >= deadline { throw Stalled() }
            await watchdogBell.wait(until: isBusy ? deadline : nil)
            try Task.checkCancellation()
        }
    }

    /// - Throws: `Confused`.
    private func hear(_ line: String) throws {
        let reply: WorkerReply
        do {
            reply = try SpoolJSON.decode(WorkerReply.self, from: Data(line.utf8))
        } catch {
            logger.error(
                "the recogniser wrote a line that is not understood", metadata: ["line": "\(line.prefix(200))", "error": "\(error)"])
            // It may have been a part: without it nothing else that this process says is of use.
            throw Confused()
        }
        if case .progress(let id, let done, let total, let steps) = reply {
            // The same again is no sign of life: it tells what it reckons as long as anything in it runs.
            if listeners[id].map({ $0.done < done || $0.steps < steps }) == true { session?.lastSign = .now }
            listeners[id]?.done = done
            listeners[id]?.steps = steps
            listeners[id]?.continuation.yield(.progress(done: done, total: total))
            return
        }
        session?.lastSign = .now
        switch reply {
        case .fetching: session?.isFetching = true
        case .loading(let device):
            session?.isFetching = false
            session?.loadingDevice = device
            watchdogBell.ring()
        case .renewing(let bytes):
            session?.isRenewing = true
            logger.notice("the recogniser is renewed: it has grown past transcription.memory", metadata: ["bytes": "\(bytes)"])
        case .ready(var identity):
            (deathsAtLoading, killsAtLoading) = (0, 0)
            identity.fallback = identity.fallback ?? gpuTrouble
            session?.identity = identity
            logger.info("the recogniser is ready", metadata: ["model": "\(identity.model)", "device": "\(identity.device ?? "")"])
            for entry in admission.active where entry.model == session?.model { listeners[entry.id]?.continuation.yield(.ready(identity)) }
            bell.ring()
            watchdogBell.ring()
        case .planned(let id, let plan):
            listeners[id]?.hasComeOn = true
            listeners[id]?.kills = 0
            listeners[id]?.request.plan = plan
            listeners[id]?.continuation.yield(.planned(plan))
        case .part(let id, let part):
            listeners[id]?.hasComeOn = true
            listeners[id]?.kills = 0
            listeners[id]?.request.doneParts.append(part.index)
            listeners[id]?.continuation.yield(.part(part))
        case .progress: break
        case .done(let id): finish(id, .done)
        case .cancelled: break
        case .error(let id?, let failure): finish(id, .failed(failure))
        case .error(nil, let failure): logger.error("the recogniser refused a line", metadata: ["reason": "\(failure)"])
        case .fatal(let failure): session?.lastWord = failure
        }
    }

    private func finish(_ id: String, _ event: Event) {
        guard let listener = listeners.removeValue(forKey: id) else { return }
        session?.given.remove(id)
        listener.continuation.yield(event)
        listener.continuation.finish()
        admission.leave(id)
        admit()
    }

    /// Keeps the requests that a fresh process can go on with, and ends the others that the process had been given. If it never became
    /// ready, nobody can be served: all that wait for its model are told.
    private func endSession(_ words: String, signal: Int32?, hasStalled: Bool) {
        guard let ended = session else { return }
        session = nil
        let wasKilled = signal.map { ended.wasKilledFromOutside(by: $0) } == true
        if ended.identity == nil, !Task.isCancelled {
            if signal != nil || hasStalled, mayLoadAgain(ended, signal, words, wasKilled: wasKilled) { return }
            (deathsAtLoading, killsAtLoading) = (0, 0)
            let failure = ended.lastWord ?? Self.failureAtLoading(words, hasStalled: hasStalled)
            for entry in admission.active where entry.model == ended.model { finish(entry.id, .failed(failure)) }
        } else {
            for id in ended.given {
                if wasKilled { listeners[id]?.kills += 1 }
                let isSpared = wasKilled && (listeners[id]?.kills ?? 0) <= Self.killsLimit
                if ended.isRenewing || isSpared || listeners[id]?.hasComeOn == true, ended.lastWord == nil, !Task.isCancelled {
                    listeners[id]?.hasComeOn = false
                    listeners[id]?.done = -1
                    listeners[id]?.steps = 0
                    if !ended.isRenewing { logger.warning("\(words); a fresh one goes on", metadata: ["request": "\(id)"]) }
                } else {
                    finish(id, ended.lastWord.map(Event.failed) ?? .died(words))
                }
            }
        }
        admit()
    }

    private static func failureAtLoading(_ words: String, hasStalled: Bool) -> Failure {
        if hasStalled {
            return Failure(
                .local, "recogniser_hangs", words,
                hint:
                    "See whether the model's folder, or the network from which it is fetched, answers; or set a greater transcription.stall_seconds"
            )
        }
        return Failure(.local, "recogniser_missing", words, hint: "Run spoolscribe doctor; run scripts/setup again, or set tools.python")
    }

    /// Whether it is worth loading the model once more after the process hung, or something killed it: the kernel, for memory, a person,
    /// or a GPU whose libraries do not fit.
    private func mayLoadAgain(_ ended: WorkerSession, _ signal: Int32?, _ words: String, wasKilled: Bool) -> Bool {
        if wasKilled { killsAtLoading += 1 } else { deathsAtLoading += 1 }
        if let signal, Self.signalsOfFaults.contains(signal), ended.loadingDevice == "cuda", settings.device == "auto", gpuTrouble == nil {
            gpuTrouble = "the GPU could not be used (\(words) while the model was loaded); the processor hears instead"
            deathsAtLoading = 0
        }
        // A download that hangs has had an hour.
        guard deathsAtLoading < Self.deathsAtLoadingLimit, killsAtLoading <= Self.killsLimit, !ended.isFetching || signal != nil else {
            return false
        }
        logger.warning("\(words) while it loaded its model; it is started again")
        return true
    }
}
