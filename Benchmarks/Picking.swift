import Jobs
import SpoolFiles
import SystemPackage

/// Picking the next job from a long line and from a short one.
struct Picking {
    let place: FilePath

    func measure() async throws {
        let short = try await seconds(rows: 1000)
        let long = try await seconds(rows: 1_000_000)
        Table.add(
            .init(
                what: "picking the next of 1,000,000 jobs", ours: "\(rounded(long * 1e6)) µs",
                comparison: "the next of 1,000: \(rounded(short * 1e6)) µs", ratio: rounded(long / short), budget: "1.5 times",
                isKept: long <= short * 1.5))
    }

    /// The median time of a pick.
    private func seconds(rows: Int) async throws -> Double {
        let store = try SQLiteJobStore(path: place.appending("\(rows).sqlite").string)
        let now = Timestamp.now()
        for start in stride(from: 0, to: rows, by: 10_000) {
            let jobs = (start..<min(start + 10_000, rows)).map { number in
                Job(
                    id: "job\(number)", dropID: "d\(start)", drop: "list.txt", ordinal: number - start, site: "example.org",
                    url: "https://example.org/\(number).mp4", recording: nil, videoID: nil, userID: "u\(number % 7)", spec: JobSpec(),
                    maxRetries: 3,
                    createdAt: now)
            }
            let drop = DropRecord(id: "d\(start)", name: "list.txt", folder: .incoming, userID: "ann", takenAt: now)
            _ = try await store.insert([(drop, jobs)])
        }
        var times: [Double] = []
        for _ in 0..<500 {
            let begin = ContinuousClock.now
            _ = try await store.claim(.network, limit: 1, owner: "bench")
            times.append((ContinuousClock.now - begin).seconds)
        }
        return times.quantile(0.5)
    }
}
