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
    let bell: Doorbell
    let logger: Logger

    /// - Parameter bell: rung when there may be something to tell.
    public init(store: any JobStore & NoticeStore, rules: Rules, bell: Doorbell, logger: Logger) {
        self.store = store
        self.rules = rules
        self.bell = bell
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            guard !rules.notices.channels.isEmpty else {
                while !Task.isCancelled { await bell.wait(until: nil) }
                return
            }
            while !Task.isCancelled {
                var deadline = ContinuousClock.now + .seconds(60)
                do {
                    let (due, next) = try await store.dueNotices(limit: 20)
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
    }

    private func tell(_ notice: Notice) async throws {
        do throws(Undelivered) {
            switch notice.channel {
            case .command: try await runCommand(notice)
            case .webhook: try await post(notice)
            }
            try? await store.forget(notice: notice.id)
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
            try await store.postpone(notice: notice.id, until: await store.now().adding(seconds: pause))
        }
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
        try await BlockingWork.run { () throws(Undelivered) in
            if let problem = post.send() { throw Undelivered(reason: problem) }
        }
    }
}
