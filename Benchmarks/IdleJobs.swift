import Foundation
import Jobs
import Logging
import Pipeline
import SpoolFiles
import SystemPackage
import Watcher

/// What the machinery around the stages costs: jobs whose stages do nothing, from one dropped list to the last completed folder,
/// beside Celery with Redis and PostgreSQL doing as many tasks with six durable status writes each.
struct IdleJobs {
    let place: FilePath
    let python: String?
    private static let count = 5000

    func measure() async throws {
        let ours = try await rate()
        var celery: Double?
        if let python { celery = try celeryRate(python) }
        Table.add(
            .init(
                what: "jobs through five stages that do nothing", ours: "\(rounded(ours)) jobs/s",
                comparison: celery.map { "Celery, Redis, PostgreSQL: \(rounded($0)) jobs/s" } ?? "not measured: make bench sets it up",
                ratio: celery.map { rounded(ours / $0) } ?? "", budget: "1500 jobs/s", isKept: ours >= 1500))
    }

    private func rate() async throws -> Double {
        let layout = SpoolLayout(root: place.appending("spool"))
        try Spool(layout: layout).make()
        let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let store = try SQLiteJobStore(path: layout.database.string)
        let folders = JobFolders(layout: layout, logger: logger)
        let bell = Doorbell()
        let troubles = Troubles {}
        let intake = IntakeService(
            layout: layout, store: store, folders: folders, rules: .init(), control: nil, troubles: troubles, logger: logger,
            jobsArrived: bell.ring)
        var settings = PipelineSettings()
        settings.diskFloor = 0
        let runner = JobRunner(
            store: store, layout: layout, folders: folders, sequence: .idle,
            expander: ListExpander(
                store: store, layout: layout, folders: folders, gate: BundleGate(), edits: BundleEdits(layout: layout, rules: CueRules()),
                logger: logger), settings: settings,
            toolbox: Toolbox(python: "/nonexistent", executable: "/nonexistent"), owner: "bench", running: RunningJobs(),
            troubles: troubles,
            bell: bell, logger: logger, isPresent: { true }, changed: {})
        let list = layout.control(.incoming).appending("list.txt")
        let links = (0..<Self.count).map { "https://example.org/\($0).mp4" }.joined(separator: "\n")
        try AtomicFile.write(Data(links.utf8), to: list)
        let work = Task { try await runner.run() }
        let begin = ContinuousClock.now
        await intake.take([ReadyFile(place: DropPlace(.incoming), path: list)])
        while try await store.statistics().count(.completed) < Self.count { try await Task.sleep(for: .milliseconds(20)) }
        let seconds = (ContinuousClock.now - begin).seconds
        work.cancel()
        _ = try? await work.value
        return Double(Self.count) / seconds
    }

    private func celeryRate(_ python: String) throws -> Double {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("celery_baseline.py").path, "\(Self.count)",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0, let rate = Double(text.split(separator: "\n").last ?? "") else {
            throw MeasuredDaemon.Failed(description: "the comparison with Celery failed: \(text)")
        }
        return rate
    }
}
