import Foundation
import Jobs
import SpoolFiles
import SystemPackage

/// How long a search takes in a million segments, beside one in a thousand.
struct Search {
    let place: FilePath

    private static let videos = 1000
    private static let segments = 1000
    private static let queries = ["zeppelin", "\"harbour lights\"", "bridge winter", "the"]

    func measure() async throws {
        let large = try await store(videos: Self.videos, at: "large.sqlite")
        let small = try await store(videos: 1, at: "small.sqlite")
        for query in Self.queries {
            let (ours, hits) = try await time(query, large)
            let (beside, _) = try await time(query, small)
            Table.add(
                .init(
                    what: "search \(Self.videos * Self.segments) segments: \(query)", ours: "\(rounded(ours * 1000)) ms (\(hits) hits)",
                    comparison: "\(Self.segments) segments: \(rounded(beside * 1000)) ms", ratio: rounded(ours / beside), budget: "50 ms",
                    isKept: ours <= 0.05))
        }
    }

    /// The median of several; seconds.
    private func time(_ query: String, _ store: SQLiteJobStore) async throws -> (seconds: Double, hits: Int) {
        var times: [Double] = []
        var hits = 0
        for _ in 0..<11 {
            let begin = ContinuousClock.now
            hits = try await store.search(query, in: .init(), limit: 20).count
            times.append((ContinuousClock.now - begin).seconds)
        }
        return (times.quantile(0.5), hits)
    }

    /// Segments of ten words each; "the" is in every second one, a zeppelin in one of ten thousand.
    private func store(videos: Int, at name: String) async throws -> SQLiteJobStore {
        let store = try SQLiteJobStore(path: place.appending(name).string)
        let words = (0..<4000).map(Self.word)
        var dice = SystemRandomNumberGenerator()
        for video in 0..<videos {
            let id = "bench-\(video)"
            try await store.publish(
                VideoRecord(id: id, addressID: nil, jobID: id, title: "Talk \(video)", userID: "ann", createdAt: .now()))
            let segments = (0..<Self.segments).map { index in
                var said = (0..<10).map { _ in words[Int.random(in: 0..<words.count, using: &dice)] }
                let number = video * Self.segments + index
                if number % 2 == 0 { said[0] = "the" }
                if number % 50 == 0 { said[1] = "bridge" }
                if number % 30 == 0 { said[2] = "winter" }
                if number % 997 == 0 { said[3...4] = ["harbour", "lights"] }
                if number % 10_000 == 0 || index == 0 && videos == 1 { said[5] = "zeppelin" }
                return CatalogueEntry.Segment(start: Double(index) * 4, text: said.joined(separator: " "))
            }
            try await store.catalogue(
                CatalogueEntry(
                    videoID: id, addressID: nil, title: "Talk \(video)", description: nil, day: "2026-11-25", chapters: [],
                    segments: segments,
                    relations: nil))
        }
        return store
    }

    /// One of four thousand different words.
    private static func word(_ number: Int) -> String {
        let letters = (0..<(4 + number % 5)).map { place -> Character in
            let letter = (number * 7 + place * 11 + number / 26) % 26
            return Character(Unicode.Scalar(UInt8(97 + letter)))
        }
        return String(letters)
    }
}
