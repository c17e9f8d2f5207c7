import Jobs
import SpoolFiles

/// How often a site is asked: some seconds lie between one call's end and the next one's start, however many jobs want something of it.
/// That one job at a time is at a site is the store's part (`JobStore.claim`).
struct SiteManners: Sendable {
    let store: any JobStore
    /// Seconds.
    let pause: ClosedRange<Double>

    /// Waits for the site's next turn, then makes the call.
    func call<Value: Sendable>(
        _ site: String, _ body: () async throws(StageFailure) -> Value
    ) async throws(StageFailure) -> Value {
        do {
            // A site of one's own machine needs no rest.
            while !Self.isLoopback(site), let next = try await store.nextCall(to: site) {
                let wait = next.seconds(since: await store.now())
                if wait <= 0 { break }
                // Looked at again soon: the clock of the machine may be set.
                try await Task.sleep(for: .seconds(min(wait, 1)))
            }
        } catch {
            throw Self.failure(error)
        }
        let result: Result<Value, StageFailure>
        do throws(StageFailure) {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        let (store, isAnswered) = (store, Self.isAnswer(result))
        let next = Self.isLoopback(site) ? nil : await store.now().adding(seconds: Double.random(in: pause))
        do {
            try await Uncancelled.run {
                if isAnswered { try await store.siteAnswered(site) }
                if let next { try await store.note(nextCall: next, to: site) }
            }
        } catch {
            throw Self.failure(error)
        }
        return try result.get()
    }

    /// The site is there and talks to us; a refusal of a video is an answer too.
    private static func isAnswer<Value>(_ result: Result<Value, StageFailure>) -> Bool {
        switch result {
        case .success, .failure(.alreadyThere), .failure(.isList): true
        case .failure(.failed(let failure)): failure.class == .permanent || failure.class == .notYet
        case .failure(.interrupted), .failure(.crashed): false
        }
    }

    /// A refusal that does not end the job rests the site all the same.
    func heed(_ failure: Failure, from site: String) async throws(StageFailure) {
        guard failure.class == .blocked else { return }
        do {
            _ = try await store.siteBlocked(site, reason: failure.message)
        } catch {
            throw Self.failure(error)
        }
    }

    private static func failure(_ error: any Error) -> StageFailure {
        if error is CancellationError { return .interrupted }
        return .failed(Failure(.local, "store", "the database could not be used: \(error)", hint: "See doctor"))
    }

    static func isLoopback(_ site: String) -> Bool { site == "localhost" || site.hasPrefix("127.") || site == "[::1]" }
}
