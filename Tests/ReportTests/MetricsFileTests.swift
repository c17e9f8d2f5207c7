import Foundation
import Jobs
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Report

struct MetricsFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var measures: MetricsFile.Measures {
        .init(
            version: "0.1.0 \"odd\\name\"\n", now: Timestamp(milliseconds: 1_800_000_000_500),
            statistics: JobStatistics(byState: ["completed": 3, "failed": 1], averageProcessing: nil), load: StoreLoad(),
            tallies: [
                Tally(name: "jobs_ended", label: "completed", value: 3), Tally(name: "job_retries", label: "0", value: 2),
                Tally(name: "job_retries", label: "2", value: 1), Tally(name: "job_seconds", label: "5", value: 2),
                Tally(name: "job_seconds", label: "+Inf", value: 1), Tally(name: "job_seconds_sum", label: "", value: 20_007.25),
                Tally(name: "stage_failures", label: "downloading transient", value: 4),
                Tally(name: "last_failure", label: "", value: 1.8e9),
            ],
            pauses: [Pause(subject: .site("a\"b\\c"), until: Timestamp(milliseconds: 1_800_000_900_000), reason: "", waiting: 1)],
            completedLastHour: 2, bundles: 3, bundleBytes: 5_000_000, heardSeconds: 100, hearingSeconds: 12.5, freeBytes: 7,
            daemonStartedAt: nil)
    }

    @Test func promtoolFindsNothingToMend() async throws {
        let file = try folder.write(MetricsFile(measures: measures).text, to: "metrics.prom")
        try await Tool.run("bash", ["-c", "promtool check metrics < '\(file.string)'"])
    }

    /// Every question of the dashboard is one that Prometheus understands, about metrics that are there.
    @Test func theDashboardAsksForWhatIsThere() async throws {
        struct Dashboard: Decodable {
            struct Panel: Decodable { var targets: [Target]? }
            struct Target: Decodable { var expr: String }
            var panels: [Panel]
        }
        let data = try FileSystem.read(Repository.root.appending("docs").appending("grafana-dashboard.json"))
        let questions = try JSONDecoder().decode(Dashboard.self, from: data).panels.flatMap { $0.targets ?? [] }.map(\.expr)
        #expect(!questions.isEmpty)
        let series = Set(MetricsFile(measures: measures).text.split(separator: "\n").map { String($0.prefix { $0 != " " && $0 != "{" }) })
        for question in questions {
            for name in question.matches(of: /spoolscribe_[a-z_]+/).map({ String($0.output) }) {
                #expect(series.contains(name), "\(question)")
            }
        }
        let rules = questions.enumerated().map { "  - record: question_\($0)\n    expr: '\($1)'\n" }.joined()
        let file = try folder.write("groups:\n- name: dashboard\n  rules:\n\(rules)", to: "rules.yml")
        try await Tool.run("promtool", ["check", "rules", file.string])
    }

    @Test func histogramsAddUp() {
        let text = MetricsFile(measures: measures).text
        #expect(
            text.contains("spoolscribe_job_retries_bucket{le=\"0\"} 2\n") && text.contains("spoolscribe_job_retries_bucket{le=\"2\"} 3\n"))
        #expect(text.contains("spoolscribe_job_retries_sum 2\nspoolscribe_job_retries_count 3\n"))
        #expect(text.contains("spoolscribe_job_processing_seconds_bucket{le=\"1\"} 0\n"))
        #expect(text.contains("spoolscribe_job_processing_seconds_bucket{le=\"14400\"} 2\n"))
        #expect(text.contains("spoolscribe_job_processing_seconds_bucket{le=\"+Inf\"} 3\n"))
        #expect(text.contains("spoolscribe_job_processing_seconds_sum 20007.25\n"))
        #expect(text.contains("spoolscribe_transcription_realtime_factor 0.125\n"))
        #expect(text.contains("spoolscribe_stage_failures_total{stage=\"downloading\",class=\"transient\"} 4\n"))
    }
}

struct ActivityChartTests {
    @Test func everyStepHasItsPlaceAndItsBar() throws {
        let now = Timestamp(milliseconds: 1_795_891_389_541)
        let start = ActivityChart.start(.day, at: now)
        #expect(start.milliseconds % 3_600_000 == 0 && (23.0...24).contains(now.seconds(since: start) / 3600))
        var first = Activity(start: start)
        first.completed = 3
        first.worked = 3
        first.waiting = 10
        var last = Activity(start: start.adding(seconds: 23 * 3600))
        last.completed = 1
        last.worked = 1
        last.failed = 5
        last.waiting = 50
        let chart = ActivityChart(.day, [first, last], at: now)
        #expect(chart.steps.count == 24 && chart.steps[0] == first && chart.steps[23] == last)
        let context = try #require(chart.context)
        #expect(context["mean_waiting"] as? String == "20 s")
        #expect((context["done"] as? [PageContext])?.map { $0["height"] as? String } == ["48.0", "16.0"])
        #expect((context["bad"] as? [PageContext])?.map { $0["y"] as? String } == ["4.0"])
        #expect(ActivityChart(.month, [], at: now).context == nil)
    }
}
