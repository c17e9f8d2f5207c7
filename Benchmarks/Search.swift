import Foundation
import Jobs
import SpoolFiles
import SystemPackage

/// How long a search takes in a million segments, beside one in a thousand.
struct Search {
    let place: FilePath

    private static let videos = 1000
    private static let segments = 1000

    /// What is asked for, and in which channel if not in all.
    private static let questions: [(query: String, channel: String?)] = [
        ("zeppelin", nil), ("\"harbour lights\"", nil), ("bridge winter", nil), ("the", nil),
        ("bridge", "Every tenth"), ("the", "Every tenth"), ("bridge", "Only one"), ("the", "Only one"),
    ]

    func measure() async throws {
        let large = try await store(videos: Self.videos, at: "large.sqlite")
        let small = try await store(videos: 1, at: "small.sqlite")
        for (query, channel) in Self.questions {
            let (ours, hits) = try await time(query, channel, large)
            let (beside, _) = try await time(query, channel, small)
            let asked = query + (channel.map { " in “\($0)”" } ?? "")
            Table.add(
                .init(
                    what: "search \(Self.videos * Self.segments) segments: \(asked)", ours: "\(rounded(ours * 1000)) ms (\(hits) hits)",
                    comparison: "\(Self.segments) segments: \(rounded(beside * 1000)) ms", ratio: rounded(ours / beside), budget: "50 ms",
                    isKept: ours <= 0.05))
        }
    }

    /// The median of several; seconds.
    private func time(_ query: String, _ channel: String?, _ store: SQLiteJobStore) async throws -> (seconds: Double, hits: Int) {
        var times: [Double] = []
        var hits = 0
        var filter = SearchFilter()
        filter.channel = channel
        for _ in 0..<11 {
            let begin = ContinuousClock.now
            hits = try await store.search(query, in: filter, limit: 20).count
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
                    relations: Self.relations(video, id: id)))
        }
        return store
    }

    /// The channel that published a video: one has only the first, one each tenth, one all others.
    private static func relations(_ number: Int, id: String) -> Relations {
        let channel = number == 0 ? "Only one" : number % 10 == 0 ? "Every tenth" : "The others"
        var relations = Relations(videoID: id)
        relations.add(.init(.channel, key: channel, label: channel), .published, isFromVideo: false)
        return relations
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
