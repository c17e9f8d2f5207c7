import Jobs
import Logging
import ServiceLifecycle
import SpoolFiles
import SystemPackage
import Watcher

/// Tells others what happened: a command of the administrator's, a web hook. Never in the way of a job: what cannot be delivered is
/// kept in the store and tried again with growing pauses.
public struct NotificationService: Service {
    public struct Rules: Sendable {
        /// The program and its arguments; the notice comes on its standard input.
        public var command: [String] = []
        /// Where notices are posted.
        public var webhook: String?
        /// The key that signs what is posted.
        public var secret: String?
        public var events = Set(Notice.Event.allCases)
        /// Seconds that a command or an answer may take.
        public var patience = 30.0

        public init() {}

        /// What the store must keep for these.
        public var notices: Notice.Rules {
            var rules = Notice.Rules()
            rules.events = events
            if !command.isEmpty { rules.channels.insert(.command) }
            if webhook != nil { rules.channels.insert(.webhook) }
            return rules
        }
    }

    /// Tries before a notice is given up: the last comes some hours after the first.
    static let tries = 8

    let store: any JobStore & NoticeStore
    let rules: Rules
    let logger: Logger
    /// One for each channel: a web hook that does not answer keeps no command waiting.
    private let bells: [Notice.Channel: Doorbell]

    public init(store: any JobStore & NoticeStore, rules: Rules, logger: Logger) {
        self.store = store
        self.rules = rules
        self.logger = logger
        bells = Dictionary(uniqueKeysWithValues: rules.notices.channels.map { ($0, Doorbell()) })
    }

    /// There may be something to tell.
    public func look() { for bell in bells.values { bell.ring() } }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            do {
                try await store.forgetNotices(except: rules.notices.channels)
            } catch {
                logger.error("notices for channels that are no longer set cannot be forgotten: \(error)")
            }
            await withDiscardingTaskGroup { group in
                for (channel, bell) in bells { group.addTask { await serve(channel, bell) } }
                if bells.isEmpty { group.addTask { await Doorbell().wait(until: nil) } }
            }
        }
    }

    private func serve(_ channel: Notice.Channel, _ bell: Doorbell) async {
        while !Task.isCancelled {
            var deadline = ContinuousClock.now + .seconds(60)
            do {
                let (due, next) = try await store.dueNotices(on: channel, limit: 20)
                for notice in due where !Task.isCancelled { try await tell(notice) }
                if !due.isEmpty { continue }
                if let next {
                    let seconds = next.seconds(since: await store.now())
                    deadline = min(deadline, .now + .seconds(max(0.05, seconds)))
                }
            } catch {
                logger.error("notices cannot be read: \(error)")
            }
            await bell.wait(until: deadline)
        }
    }

    private func tell(_ notice: Notice) async throws {
        do throws(Undelivered) {
            switch notice.channel {
            case .command: try await runCommand(notice)
            case .webhook: try await post(notice)
            }
        } catch {
            if Task.isCancelled { return }
            let metadata: Logger.Metadata = ["event": "\(notice.event.rawValue)", "channel": "\(notice.channel.rawValue)"]
            guard notice.tries + 1 < Self.tries else {
                logger.error("a notice is given up after \(Self.tries) tries: \(error.reason)", metadata: metadata)
                return try await store.forget(notice: notice.id)
            }
            logger.warning("a notice could not be delivered and is tried again: \(error.reason)", metadata: metadata)
            // 4 s, 16 s, about 1 min, 4 min, 17 min, then each hour.
            var pause = 4.0
            for _ in 0..<notice.tries { pause = min(pause * 4, 3600) }
            return try await store.postpone(notice: notice.id, until: await store.now().adding(seconds: pause))
        }
        try await store.forget(notice: notice.id)
    }

    struct Undelivered: Error { let reason: String }

    private func runCommand(_ notice: Notice) async throws(Undelivered) {
        guard let program = rules.command.first else { return }
        var child = ChildProcess(executable: .init(program), arguments: Array(rules.command.dropFirst()), stall: rules.patience)
        child.input = notice.body + "\n"
        let ending: ChildProcess.Ending
        do {
            ending = try await child.run { _ in }
        } catch is ChildProcess.Stalled {
            throw Undelivered(reason: "\(program) took longer than \(Int(rules.patience)) s")
        } catch {
            throw Undelivered(reason: "\(program) could not be run: \(error)")
        }
        guard ending.isSuccess else {
            throw Undelivered(reason: "\(program) \(ending.words)\(ending.errorTail.last.map { ": \($0)" } ?? "")")
        }
    }

    private func post(_ notice: Notice) async throws(Undelivered) {
        guard let webhook = rules.webhook else { return }
        let post = WebhookPost(url: webhook, body: notice.body, secret: rules.secret, event: notice.event.rawValue, seconds: rules.patience)
        let problem = await withTaskCancellationHandler {
            await BlockingWork.run { post.send() }
        } onCancel: {
            post.cancel()
        }
        if let problem { throw Undelivered(reason: problem) }
    }
}
