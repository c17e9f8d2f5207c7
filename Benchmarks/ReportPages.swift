import Foundation
import Jobs
import Logging
import Report
import SpoolFiles
import SystemPackage

/// What the site costs to make from nothing, and after one change, and how both grow.
struct ReportPages {
    let place: FilePath
    let binary: String

    private struct Cost {
        /// Seconds from nothing.
        var whole: Double
        /// Of memory, at most at one time.
        var bytes: Int
        /// Seconds after one change.
        var change: Double
        /// Bytes of the largest page.
        var largest: Int64
    }

    func measure() async throws {
        let small = try await cost(videos: 1000, jobs: 10_000)
        let large = try await cost(videos: 10_000, jobs: 100_000)
        // Not before: a file system is slow where much was just removed.
        try FileSystem.remove(place)
        func add(_ what: String, _ unit: String, _ value: (Cost) -> Double, budget: Double) {
            Table.add(
                .init(
                    what: "report, 10,000 videos and 100,000 jobs: \(what)", ours: "\(rounded(value(large))) \(unit)",
                    comparison: "a tenth of them: \(rounded(value(small))) \(unit)", ratio: rounded(value(large) / value(small)),
                    budget: "\(rounded(budget)) \(unit)", isKept: value(large) <= budget))
        }
        add("from nothing", "s", \.whole, budget: 30)
        add("memory", "MB", { Double($0.bytes) / 1e6 }, budget: 150)
        add("after one change", "s", \.change, budget: 1)
        add("largest page", "kB", { Double($0.largest) / 1000 }, budget: 200)
    }

    private func cost(videos: Int, jobs: Int) async throws -> Cost {
        let layout = SpoolLayout(root: place.appending("spool-\(videos)"))
        try Spool(layout: layout).make()
        let store = try SQLiteJobStore(path: layout.database.string)
        try await addJobs(jobs, to: store)
        for number in 0..<videos { try addBundle(number, to: layout) }
        // What was just written reaches the disk before, and not beside, what is measured.
        sync()
        let begin = ContinuousClock.now
        let run = try MeasuredProcess.run(binary, ["--spool", layout.root.string, "report"])
        let whole = (ContinuousClock.now - begin).seconds

        let builder = try SiteBuilder(
            layout: layout, store: store, version: "0.1.0", logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        try await builder.build()
        var changes: [Double] = []
        for number in 0..<5 {
            try addBundle(videos + number, to: layout)
            let job = try await store.claim(.network, limit: 1, owner: "bench").started[0].job
            try await store.apply(.fail(Failure(.permanent, "gone", "it is gone")), to: job.id, from: .downloading)
            let begin = ContinuousClock.now
            try await builder.build()
            changes.append((ContinuousClock.now - begin).seconds)
        }
        let pages = try MeasuredProcess.run("/usr/bin/find", [layout.report.string, "-name", "*.html", "-printf", "%s\\n"]).output
        let largest = pages.split(separator: "\n").compactMap { Int64($0) }.max() ?? 0
        return Cost(whole: whole, bytes: run.bytes, change: changes.quantile(0.5), largest: largest)
    }

    /// Of 20 people at 30 sites; every tenth has failed, the others wait.
    private func addJobs(_ count: Int, to store: SQLiteJobStore) async throws {
        let now = Timestamp.now()
        for batch in stride(from: 0, to: count, by: 1000) {
            let drop = SortableID.make()
            let jobs = (0..<1000).map { number in
                Job(
                    id: SortableID.derived(from: drop, number: number), dropID: drop, drop: "links.txt", ordinal: number,
                    site: "site\(number % 30).example.org", url: "https://example.org/talks/\(batch + number).mp4", recording: nil,
                    videoID: nil, userID: "user\(number % 20)",
                    spec: JobSpec(), maxRetries: 3, createdAt: now)
            }
            _ = try await store.insert([
                (DropRecord(id: drop, name: "links.txt", folder: .incoming, userID: "ann", takenAt: now), jobs)
            ])
            for details in try await store.claim(.network, limit: 100, owner: "bench").started {
                try await store.apply(
                    .fail(Failure(.permanent, "not_found", "example.org has nothing at this address (HTTP 404)", hint: "Check the link")),
                    to: details.job.id, from: .downloading)
            }
        }
    }

    /// A talk of five minutes.
    private func addBundle(_ number: Int, to layout: SpoolLayout) throws {
        let id = "web-\(number)"
        let bundle = layout.bundle(id)
        try FileSystem.makeFolder(bundle)
        var metadata = VideoMetadata(
            videoID: id, title: "Talk \(number) about bridges & ferries", site: "example.org",
            media: .init(container: "mp4", duration: 300),
            tags: ["bridges", "tag \(number % 50)"], addedAt: .now(), userID: "ann")
        metadata.channel = "Channel \(number % 20)"
        let segments = (0..<60).map { place -> Transcript.Segment in
            let text = " \(SpokenSentences.all[(number + place) % SpokenSentences.all.count])"
            let start = Double(place) * 5
            let words = text.split(separator: " ").enumerated().map { index, word in
                Transcript.Word(
                    start: start + Double(index) * 0.2, end: start + Double(index) * 0.2 + 0.15, word: " \(word)", probability: 0.9)
            }
            return Transcript.Segment(id: place, start: start, end: start + 4.5, text: text, words: words)
        }
        let transcript = Transcript(
            language: "en", languageProbability: 0.99, duration: 300, speechDuration: 270, segments: segments, flags: [],
            provenance: .init(
                engine: "faster-whisper", engineVersion: "1", model: "tiny.en", task: "transcribe", jobID: "j", createdAt: .now()))
        for (name, data) in [
            (VideoMetadata.name, SpoolJSON.data(metadata)), (Transcript.name, SpoolJSON.data(transcript)),
            ("transcript.txt", Data(transcript.text.utf8)),
        ] {
            try AtomicFile.write(data, to: bundle.appending(name), durability: .view)
        }
        let manifest = try BundleManifest(
            ofBundle: bundle, videoID: id, jobID: "j", createdAt: .now(), spoolscribe: "0.1.0", engine: nil)
        try AtomicFile.write(SpoolJSON.data(manifest), to: bundle.appending(BundleManifest.name), durability: .view)
    }
}
