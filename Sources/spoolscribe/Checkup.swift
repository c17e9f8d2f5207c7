import Foundation
import Pipeline
import Report
import SpoolFiles
import SystemPackage
import Watcher

/// What `doctor` looks at.
struct Checkup {
    struct Check: Codable, Sendable {
        let name: String
        let isGood: Bool
        /// The version or state that was found.
        let found: String
        /// What to do if it is not good.
        let advice: String?

        private enum CodingKeys: String, CodingKey {
            case name, found, advice
            case isGood = "good"
        }
    }

    let settings: Settings

    func checks() async -> [Check] {
        var checks = [spool(), daemon()] + rests() + [disk(), mount(), database(), inotify()]
        checks += Toolbox.libraries().map { Check(name: $0.name, isGood: true, found: $0.version, advice: nil) }
        checks.append(Check(name: "media confinement", isGood: true, found: Toolbox.confinement(), advice: nil))
        checks += await python() + files() + [engine()]
        return checks
    }

    private func spool() -> Check {
        let identity = Spool(layout: settings.layout).identity()
        return Check(
            name: "spool", isGood: identity != nil, found: "\(settings.spool.string)\(identity.map { ", id \($0)" } ?? " is no spool")",
            advice: "Make it with spoolscribe init, mount the share, or name another with --spool")
    }

    /// That nobody works is no fault as long as there is nothing to do.
    private func daemon() -> Check {
        if let holder = SpoolLock.holderIfHeld(settings.layout.lock) {
            return Check(name: "daemon", isGood: true, found: "running: \(holder)", advice: nil)
        }
        let reader = SidecarReader(layout: settings.layout)
        let waiting = ((try? reader.drops()) ?? []).count + reader.open().count { !$0.isResting }
        return Check(
            name: "daemon", isGood: waiting == 0, found: "not running\(waiting > 0 ? ", and \(waiting) drops and jobs wait for it" : "")",
            advice: "Start it with spoolscribe run")
    }

    /// What the daemon waits for, and what is in its way.
    private func rests() -> [Check] {
        guard let status = settings.daemonStatus else { return [] }
        let now = Timestamp.now().adding(seconds: -60)
        let pauses = status.pauses.filter { $0.until > now }.map { pause in
            // A site that blocks us is not this machine's fault, and passes.
            Check(
                name: pause.name, isGood: pause.site != nil,
                found: "rests until \(PeopleFormat.moment(pause.until)), \(PeopleFormat.waiting(pause.waiting)): \(pause.reason)",
                advice: "Work goes on by itself once this is put right")
        }
        return pauses
            + status.troubles.map { Check(name: "in the way", isGood: false, found: "\($0.subject): \($0.message)", advice: nil) }
    }

    private func disk() -> Check {
        guard let space = try? FileSystem.space(at: settings.spool), let floor = try? settings.pipeline().diskFloor else {
            return Check(name: "disk", isGood: false, found: "unknown", advice: "The spool must be there first")
        }
        return Check(
            name: "disk", isGood: space.free >= floor, found: "\(space.free / 1_000_000) MB free of \(space.total / 1_000_000) MB",
            advice: "Free some space: work waits below disk.floor (\(floor / 1_000_000) MB)")
    }

    private func mount() -> Check {
        guard let kind = try? MountKind(of: settings.spool) else {
            return Check(name: "file system", isGood: false, found: "unknown", advice: "The spool must be there first")
        }
        let polled = settings.watchMode == .poll || settings.watchMode == .auto && kind.isRemote
        return Check(
            name: "file system", isGood: true, found: "\(kind.name), drops are noticed by \(polled ? "polling" : "inotify")", advice: nil)
    }

    private func database() -> Check {
        let path = settings.database
        guard let kind = try? MountKind(of: path.removingLastComponent()) else {
            return Check(
                name: "database", isGood: false, found: "the folder of \(path.string) is missing", advice: "Make it, or set database.path")
        }
        let bundles = (try? FileSystem.list(settings.layout.videos))?.count { !$0.string.hasPrefix(".") } ?? 0
        if !FileSystem.exists(path), bundles > 0 {
            return Check(
                name: "database", isGood: false, found: "\(path.string) is not there, but \(bundles) videos are",
                advice: "spoolscribe rebuild makes it anew of them, while no daemon runs")
        }
        return Check(
            name: "database", isGood: !kind.isRemote, found: "\(path.string) on \(kind.name)",
            advice: "SQLite is not safe there: set database.path to a file on a local disk")
    }

    private func inotify() -> Check {
        let limit = (try? String(contentsOfFile: "/proc/sys/fs/inotify/max_user_watches", encoding: .utf8))?.trimmed
        let count = limit.flatMap { Int($0) } ?? 0
        return Check(
            name: "inotify watches", isGood: count >= 64, found: limit.map { "at most \($0) a user" } ?? "unknown",
            advice: "Raise fs.inotify.max_user_watches, or set spool.watch to poll")
    }

    /// Files and folders that the settings name.
    private func files() -> [Check] {
        let pipeline = try? settings.pipeline()
        let named = [
            ("network.cookies", pipeline?.network.cookies), ("openai.key_file", pipeline?.openAI.keyFile),
            ("tools.plugins", settings.toolbox.plugins),
        ]
        return named.compactMap { name, path in
            path.map { path in
                Check(
                    name: name, isGood: FileManager.default.isReadableFile(atPath: path.string), found: path.string,
                    advice: "It is not there, or the daemon's user may not read it: put it there, or leave \(name) out")
            }
        }
    }

    private func engine() -> Check {
        let pipeline = (try? settings.pipeline()) ?? PipelineSettings()
        let server = pipeline.transcription.engine == "openai"
        return Check(
            name: "who hears", isGood: true,
            found: server
                ? "\(pipeline.openAI.url), model \(pipeline.openAI.model)" : "this machine, model \(pipeline.transcription.model)",
            advice: nil)
    }

    private func python() async -> [Check] {
        let toolbox = settings.toolbox
        let model = (try? settings.pipeline().transcription.model) ?? ""
        do {
            return try await toolbox.pythonVersions(model: model).map { tool in
                Check(name: tool.name, isGood: tool.version != nil, found: tool.version ?? tool.problem ?? "missing", advice: tool.advice)
            }
        } catch {
            return [
                Check(
                    name: "python", isGood: false, found: "\(toolbox.python.string) cannot be run: \(error)",
                    advice: "Run scripts/setup, or set tools.python")
            ]
        }
    }
}
