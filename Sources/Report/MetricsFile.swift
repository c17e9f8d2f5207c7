import Jobs
import SpoolFiles

/// `report/metrics.prom`, for the node exporter's text-file collector: Prometheus' text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). Counters go on from where they were after a restart, and know
/// also jobs that were pruned.
struct MetricsFile {
    /// What is measured besides the store's own counts.
    struct Measures: Sendable {
        var version: String
        var now: Timestamp
        var statistics: JobStatistics
        var load: StoreLoad
        var tallies: [Tally]
        var pauses: [Pause]
        /// Jobs that completed in the last hour.
        var completedLastHour: Int
        var bundles: Int
        /// Of all bundles.
        var bundleBytes: Int64
        /// Seconds of recordings, and of work on them by a recogniser, of those whose work is known.
        var heardSeconds: Double
        var hearingSeconds: Double
        var freeBytes: Int64?
        var daemonStartedAt: Timestamp?
    }

    let measures: Measures

    private static let bounds = ["1", "5", "15", "60", "300", "900", "3600", "14400", "+Inf"]

    var text: String {
        var text = ""
        func add(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: Double)]) {
            let samples = samples.map { "spoolscribe_\(name)\($0.labels) \(Self.number($0.value))\n" }
            guard !samples.isEmpty else { return }
            text += Self.head(name, type, help) + samples.joined()
        }
        func one(_ value: Double) -> [(labels: String, value: Double)] { [("", value)] }
        let m = measures
        add("build_info", "gauge", "Version of Spoolscribe.", [("{version=\"\(Self.escaped(m.version))\"}", 1)])
        add("report_timestamp_seconds", "gauge", "When these numbers were taken.", one(Double(m.now.milliseconds) / 1000))
        if let started = m.daemonStartedAt {
            add("daemon_start_time_seconds", "gauge", "When the daemon began.", one(Double(started.milliseconds) / 1000))
        }
        add("jobs", "gauge", "Jobs by status.", JobState.allCases.map { ("{status=\"\($0.rawValue)\"}", Double(m.statistics.count($0))) })
        add(
            "queue_length", "gauge", "Jobs that wait for a worker, by lane.",
            Lane.allCases.map { ("{lane=\"\($0.rawValue)\"}", Double(m.load.waiting[$0] ?? 0)) })
        add(
            "active_workers", "gauge", "Jobs that are worked on, by stage.",
            JobState.stages.map { ("{stage=\"\($0.rawValue)\"}", Double(m.load.running[$0] ?? 0)) })
        add("processing_rate_per_hour", "gauge", "Jobs that completed in the last hour.", one(Double(m.completedLastHour)))
        add(
            "jobs_ended_total", "counter", "Jobs that ended, by status.",
            [JobState.completed, .failed, .cancelled].map { ("{status=\"\($0.rawValue)\"}", tally("jobs_ended", $0.rawValue)) })
        text += retries + durations
        for (name, help) in [
            ("videos_created", "Videos that were published for the first time."),
            ("videos_reprocessed", "Videos that were worked on again."),
        ] { add("\(name)_total", "counter", help, one(tally(name, ""))) }
        add(
            "videos_deleted_total", "counter", "Videos that were deleted: into the trash (soft), or for good (hard).",
            ["soft", "hard"].map { ("{kind=\"\($0)\"}", tally("videos_deleted", $0)) })
        add("videos_restored_total", "counter", "Videos that came back from the trash.", one(tally("videos_restored", "soft")))
        text += stages
        add(
            "stage_failures_total", "counter", "Attempts that failed, by stage and class.",
            m.tallies.filter { $0.name == "stage_failures" }.map { tally in
                let parts = tally.label.split(separator: " ", maxSplits: 1)
                return ("{stage=\"\(parts.first ?? "")\",class=\"\(parts.count > 1 ? parts[1] : "")\"}", tally.value)
            })
        add(
            "last_failure_timestamp_seconds", "gauge", "When an attempt failed last.",
            m.tallies.filter { $0.name == "last_failure" }.map { ("", $0.value) })
        add(
            "site_paused_until_seconds", "gauge", "Sites that block us, and until when they are left alone.",
            m.pauses.compactMap { pause in
                guard case .site(let site) = pause.subject else { return nil }
                return ("{site=\"\(Self.escaped(site))\"}", Double(pause.until.milliseconds) / 1000)
            })
        add(
            "stage_paused_until_seconds", "gauge", "Stages that lack something on this machine, and until when they rest.",
            m.pauses.compactMap { pause in
                guard case .stage(let stage) = pause.subject else { return nil }
                return ("{stage=\"\(stage.rawValue)\"}", Double(pause.until.milliseconds) / 1000)
            })
        add("bundles", "gauge", "Finished videos.", one(Double(m.bundles)))
        add("bundle_bytes", "gauge", "Bytes of all bundles.", one(Double(m.bundleBytes)))
        if let free = m.freeBytes { add("disk_free_bytes", "gauge", "Free space where the spool lies.", one(Double(free))) }
        if m.heardSeconds > 0 {
            add(
                "transcription_realtime_factor", "gauge", "Seconds of work of the recogniser for a second of recording, over all bundles.",
                one(m.hearingSeconds / m.heardSeconds))
        }
        return text
    }

    /// A histogram of how often jobs were tried again.
    private var retries: String {
        var text = Self.head("job_retries", "histogram", "Automatic retries of jobs that ended.")
        var (count, sum) = (0.0, 0.0)
        for number in 0...10 {
            count += tally("job_retries", "\(number)")
            sum += tally("job_retries", "\(number)") * Double(number)
            text += "spoolscribe_job_retries_bucket{le=\"\(number)\"} \(Self.number(count))\n"
        }
        return text + Self.tail("job_retries", count, sum)
    }

    private var durations: String {
        var text = Self.head("job_processing_seconds", "histogram", "Seconds from start to completion of jobs that were worked on.")
        var count = 0.0
        for bound in Self.bounds {
            count += tally("job_seconds", bound)
            if bound != "+Inf" { text += "spoolscribe_job_processing_seconds_bucket{le=\"\(bound)\"} \(Self.number(count))\n" }
        }
        return text + Self.tail("job_processing_seconds", count, tally("job_seconds_sum", ""))
    }

    private var stages: String {
        let parts = JobState.stages.map { stage in
            "spoolscribe_stage_seconds_sum{stage=\"\(stage.rawValue)\"} \(Self.number(tally("stage_seconds_sum", stage.rawValue)))\n"
                + "spoolscribe_stage_seconds_count{stage=\"\(stage.rawValue)\"} \(Self.number(tally("stage_seconds_count", stage.rawValue)))\n"
        }
        return Self.head("stage_seconds", "summary", "Seconds of attempts that did their work, by stage.") + parts.joined()
    }

    private func tally(_ name: String, _ label: String) -> Double {
        measures.tallies.first { $0.name == name && $0.label == label }?.value ?? 0
    }

    private static func head(_ name: String, _ type: String, _ help: String) -> String {
        "# HELP spoolscribe_\(name) \(help)\n# TYPE spoolscribe_\(name) \(type)\n"
    }

    private static func tail(_ name: String, _ count: Double, _ sum: Double) -> String {
        """
        spoolscribe_\(name)_bucket{le="+Inf"} \(number(count))
        spoolscribe_\(name)_sum \(number(sum))
        spoolscribe_\(name)_count \(number(count))

        """
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\((value * 1000).rounded() / 1000)"
    }

    /// A label's value: backslash, quotation mark and line feed are escaped.
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
