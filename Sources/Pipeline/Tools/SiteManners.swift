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
        // A site of one's own machine needs no rest.
        if Self.isLoopback(site) { return try await body() }
        do {
            while let next = try await store.takeTurn(at: site, until: await nextTurn()) {
                let wait = next.seconds(since: await store.now())
                // Longer than any pause: the clock was set back since.
                if wait > pause.upperBound { break }
                // Looked at again soon: the clock may be set meanwhile.
                try await Task.sleep(for: .seconds(min(max(wait, 0.01), 1)))
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
        let (store, next) = (store, await nextTurn())
        do {
            try await Uncancelled.run { try await store.note(nextCall: next, to: site) }
        } catch {
            throw Self.failure(error)
        }
        return try result.get()
    }

    private func nextTurn() async -> Timestamp { await store.now().adding(seconds: Double.random(in: pause)) }

    /// A refusal that does not end the job rests the site all the same.
    func heed(_ failure: Failure, of job: Job) async throws(StageFailure) {
        guard failure.class == .blocked else { return }
        do {
            _ = try await store.siteBlocked(job.site, reason: Self.reason(failure, of: job), wish: failure.notBefore)
        } catch {
            throw Self.failure(error)
        }
    }

    /// Why the site rests, for all who wait for it: which video it was asked for is nothing to them.
    static func reason(_ failure: Failure, of job: Job) -> String { failure.description.replacing("\(job.url ?? ""): ", with: "") }

    private static func failure(_ error: any Error) -> StageFailure {
        if error is CancellationError { return .interrupted }
        return .failed(Failure(.local, "store", "the database could not be used: \(error)", hint: "See doctor"))
    }

    static func isLoopback(_ site: String) -> Bool { site == "localhost" || site.hasPrefix("127.") || site == "[::1]" }
}
