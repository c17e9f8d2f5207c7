import Configuration
import Foundation
import Jobs
import Logging
import Pipeline
import SpoolFiles
import SystemPackage
import Watcher

#if canImport(Glibc)
    import Glibc
#endif

/// All settings in force, each with where it came from.
struct Settings: Sendable {
    struct Value: Sendable {
        var content: ConfigContent
        var source: String
    }

    private(set) var values: [String: Value] = [:]
    let spool: FilePath
    /// What jobs get that are dropped into `incoming/<preset>/`.
    private(set) var presets: [String: JobSpec] = [:]

    /// Reads them: the file, then the environment, then `--set`; a later one wins.
    /// - Throws: `CommandError` that names the first setting that is unknown or wrong, where it stands, and what is allowed.
    init(options: GlobalOptions) async throws {
        let environment = ProcessInfo.processInfo.environment
        spool = Self.absolute(options.spool ?? environment["SPOOLSCRIBE_SPOOL"] ?? "spool")
        var providers: [(source: String, provider: any ConfigProvider)] = []
        providers.append(("--set", EnvironmentVariablesProvider(environmentVariables: try Self.flags(options.set))))
        providers.append(("the environment", EnvironmentVariablesProvider(environmentVariables: try Self.variables(environment))))
        if let file = try SettingsFile.find(named: options.config ?? environment["SPOOLSCRIBE_CONFIG"], spool: spool) {
            let keys = try SettingsFile.keys(in: file)
            for key in keys where SettingDefinition.named(key) == nil && key.split(separator: ".").first != "presets" {
                throw CommandError.unknownSetting(key, in: file.string)
            }
            // The library takes a file without any for a broken one.
            if !keys.isEmpty { providers.append((file.string, try await Self.provider(of: file))) }
            presets = try SettingsFile.presets(in: file)
        }
        for definition in SettingDefinition.all {
            for (source, provider) in providers {
                guard let content = try Self.read(definition, provider, source) else { continue }
                values[definition.key] = Value(content: content, source: source)
                break
            }
        }
    }

    private static func provider(of file: FilePath) async throws(CommandError) -> FileProvider<YAMLSnapshot> {
        do {
            return try await FileProvider<YAMLSnapshot>(filePath: file)
        } catch {
            throw .failed("the settings file \(file.string) cannot be read: \(error)", hint: "spoolscribe settings prints an example")
        }
    }

    private static func absolute(_ path: String) -> FilePath {
        let path = FilePath(path)
        return path.isAbsolute
            ? path.lexicallyNormalized()
            : FilePath(FileManager.default.currentDirectoryPath).appending(path.components).lexicallyNormalized()
    }

    /// The prefix is taken off: the library makes `NETWORK_PROXY` of `network.proxy`.
    private static func variables(_ environment: [String: String]) throws(CommandError) -> [String: String] {
        var variables: [String: String] = [:]
        for (name, value) in environment
        where name.hasPrefix("SPOOLSCRIBE_") && !["SPOOLSCRIBE_SPOOL", "SPOOLSCRIBE_CONFIG"].contains(name) {
            guard let definition = SettingDefinition.all.first(where: { $0.environmentName == name }) else {
                throw .unknownSetting(name, in: "the environment")
            }
            variables[String(name.dropFirst("SPOOLSCRIBE_".count))] = definition.withoutBrackets(value)
        }
        return variables
    }

    private static func flags(_ flags: [String]) throws(CommandError) -> [String: String] {
        var variables: [String: String] = [:]
        for flag in flags {
            guard let equals = flag.firstIndex(of: "=") else {
                throw .wrongUse("--set \(flag) has no =", hint: "For example --set lanes.network=2")
            }
            let key = String(flag[..<equals])
            guard let definition = SettingDefinition.named(key) else { throw .unknownSetting(key, in: "--set") }
            variables[String(definition.environmentName.dropFirst("SPOOLSCRIBE_".count))] =
                definition.withoutBrackets(String(flag[flag.index(after: equals)...]))
        }
        return variables
    }

    private static func read(_ definition: SettingDefinition, _ provider: any ConfigProvider, _ source: String) throws(CommandError)
        -> ConfigContent?
    {
        let type: ConfigType =
            switch definition.kind {
            case .text, .choice: .string
            case .integer: .int
            case .number: .double
            case .flag: .bool
            case .list: .stringArray
            case .numbers: .doubleArray
            }
        let key = AbsoluteConfigKey(definition.key.split(separator: ".").map(String.init(_:)), context: [:])
        let content: ConfigContent?
        do {
            content = try provider.value(forKey: key, type: type).value?.content
        } catch {
            throw .wrongSetting(definition, in: source, found: nil)
        }
        switch (definition.kind, content) {
        case (.text, .string("")?) where definition.key != "results.template": return nil
        case (.choice(let names), .string(let name)?) where !names.contains(name): throw .wrongSetting(definition, in: source, found: name)
        case (.integer(let range), .int(let number)?) where !range.contains(number):
            throw .wrongSetting(definition, in: source, found: "\(number)")
        case (.number(let range), .double(let number)?) where !range.contains(number):
            throw .wrongSetting(definition, in: source, found: "\(number)")
        case (.numbers(let range), .doubleArray(let numbers)?) where !numbers.allSatisfy(range.contains):
            throw .wrongSetting(definition, in: source, found: "\(numbers)")
        default: return content
        }
    }

    /// Where the value of a setting came from; `nil` if it is the standard one.
    func source(of key: String) -> String? { values[key]?.source }

    /// The value in force, as YAML.
    func text(of definition: SettingDefinition) -> String {
        switch values[definition.key]?.content {
        case .string(let text)?: text
        case .int(let number)?: "\(number)"
        case .double(let number)?: "\(number)"
        case .bool(let flag)?: "\(flag)"
        case .stringArray(let list)?: "[\(list.map { "\"\($0)\"" }.joined(separator: ", "))]"
        case .doubleArray(let list)?: "\(list)"
        default: definition.standard ?? ""
        }
    }

    func string(_ key: String) -> String? {
        if case .string(let text)? = values[key]?.content { text } else { nil }
    }

    func integer(_ key: String) -> Int? {
        if case .int(let number)? = values[key]?.content { number } else { nil }
    }

    func number(_ key: String) -> Double? {
        if case .double(let number)? = values[key]?.content { number } else { nil }
    }
}

extension Settings {
    var layout: SpoolLayout { SpoolLayout(root: spool) }

    /// - Throws: if there is no spool where the options say, or none that may be read.
    func requireSpool() throws(CommandError) {
        guard Spool(layout: layout).identity() == nil else { return }
        if access(spool.string, F_OK) == 0,
            access(spool.string, R_OK | X_OK) != 0 || access(layout.own.string, F_OK) != 0 && errno == EACCES
        {
            throw .notReady("the spool \(spool.string) may not be read by this user", hint: "Ask to be added to its group")
        }
        throw .notReady(
            "\(spool.string) is no spool, or it is not mounted", hint: "Name one with --spool, or make it with spoolscribe init")
    }

    /// What to say if nobody works on the spool, as far as that can be told from here.
    var daemonWarning: String? {
        guard let kind = try? MountKind(of: spool), !kind.isRemote else { return nil }
        // Before the first daemon there is no lock; one that may not be read tells nothing.
        let mayLook = access(layout.lock.string, R_OK) == 0 || errno == ENOENT
        guard mayLook, SpoolLock.holderIfHeld(layout.lock) == nil else { return nil }
        return "No daemon works on this spool now. Start it with: spoolscribe run"
    }

    var logLevel: Logger.Level { string("log.level").flatMap { Logger.Level(rawValue: $0) } ?? .info }

    var jobsASite: Int { integer("sites.jobs") ?? 1 }

    var reportDelay: Double { number("report.delay_seconds") ?? 2 }

    var watchMode: SpoolWatcher.Mode { string("spool.watch").flatMap { SpoolWatcher.Mode(rawValue: $0) } ?? .auto }

    var watchTiming: SpoolWatcher.Timing {
        var timing = SpoolWatcher.Timing()
        timing.quiet = number("spool.quiet_seconds") ?? timing.quiet
        timing.still = number("spool.still_seconds") ?? timing.still
        timing.scan = number("spool.scan_seconds") ?? timing.scan
        timing.poll = number("spool.poll_seconds") ?? timing.poll
        return timing
    }

    /// How drops are taken.
    func intakeRules() throws(CommandError) -> IntakeService.Rules {
        var rules = IntakeService.Rules()
        rules.maxRetries = integer("retry.max") ?? rules.maxRetries
        rules.presets = presets
        rules.models += try modelFolders().keys.sorted()
        rules.ownership = ownership
        rules.companionPatience = number("spool.companion_seconds") ?? rules.companionPatience
        if case .bool(true)? = values["comments.include"]?.content { rules.defaults.includeComments = true }
        return rules
    }

    func resultsRules() throws(CommandError) -> ResultsFolder.Rules {
        var rules = ResultsFolder.Rules()
        // An empty text is a value here: it makes no copies.
        rules.template =
            values["results.template"].flatMap { if case .string(let text) = $0.content { text } else { nil } } ?? rules.template
        rules.files = list("results.files") ?? rules.files
        if let problem = ResultsFolder.Rules.problem(with: rules.template) {
            throw .failed("results.template is \"\(rules.template)\", but \(problem)", hint: "For example {channel}/{date} {title}.{ext}")
        }
        if let unknown = rules.files.first(where: { !ResultsFolder.Rules.kinds.contains($0) }) {
            throw .failed("results.files names \"\(unknown)\"", hint: "It may hold \(ResultsFolder.Rules.kinds.joined(separator: ", "))")
        }
        return rules
    }

    func notifications() throws(CommandError) -> NotificationService.Rules {
        var rules = NotificationService.Rules()
        rules.command = list("notify.command") ?? []
        rules.webhook = string("notify.webhook")
        rules.patience = number("notify.patience_seconds") ?? rules.patience
        if let program = rules.command.first, !program.hasPrefix("/") {
            throw .failed("notify.command begins with \"\(program)\", which is no whole path", hint: "For example [/usr/local/bin/tell-us]")
        }
        if let webhook = rules.webhook, !webhook.hasPrefix("https://"), !webhook.hasPrefix("http://") {
            throw .failed("notify.webhook is \"\(webhook)\", which is no web address", hint: "For example https://example.org/hook")
        }
        if let path = string("notify.secret_file") {
            do {
                rules.secret = String(decoding: try FileSystem.read(FilePath(path), limit: 4096), as: UTF8.self).trimmed
            } catch {
                throw .failed("notify.secret_file: \(error)", hint: "A file with the key in it, readable by the daemon's user alone")
            }
        }
        if let events = list("notify.events") {
            rules.events = Set(
                try events.map { name throws(CommandError) in
                    if let event = Notice.Event(rawValue: name) { return event }
                    throw .failed("notify.events names \"\(name)\"", hint: "It may hold completed, failed and blocked")
                })
        }
        return rules
    }

    func list(_ key: String) -> [String]? {
        guard case .stringArray(let texts)? = values[key]?.content else { return nil }
        return texts.map(\.trimmed).filter { !$0.isEmpty }
    }

    func keeping() -> Housekeeper.Rules {
        var rules = Housekeeper.Rules()
        rules.accepted = days("keep.accepted")
        rules.receipts = days("keep.receipts")
        rules.rejected = days("keep.rejected")
        rules.jobs = days("keep.jobs")
        rules.trash = days("keep.trash")
        rules.media = days("keep.media")
        return rules
    }

    /// Days for which something is kept; 0 keeps it for ever.
    func days(_ key: String) -> Double { number(key) ?? Double(SettingDefinition.named(key)?.standard ?? "") ?? 0 }

    var ownership: Ownership {
        var ownership = Ownership()
        ownership.isEnforced = string("spool.ownership") == "enforce"
        ownership.administrators = Set(list("spool.administrators") ?? [])
        return ownership
    }

    /// Where the database is.
    var database: FilePath { string("database.path").map { FilePath($0) } ?? layout.database }

    func spoolAccess() throws(CommandError) -> Spool.Access {
        var access = Spool.Access()
        access.owner = try string("spool.owner").map { name throws(CommandError) in
            try Self.number(of: name, "spool.owner") { getpwnam($0)?.pointee.pw_uid }
        }
        access.group = try string("spool.group").map { name throws(CommandError) in
            try Self.number(of: name, "spool.group") { getgrnam($0)?.pointee.gr_gid }
        }
        access.controlMode = try mode("spool.control_mode") ?? access.controlMode
        access.folderMode = try mode("spool.folder_mode") ?? access.folderMode
        return access
    }

    private static func number(of name: String, _ key: String, _ lookUp: (String) -> UInt32?) throws(CommandError) -> UInt32 {
        if let number = UInt32(name) ?? lookUp(name) { return number }
        throw .failed("\(key): there is no \"\(name)\" on this machine", hint: "Give a name that exists here, or a number")
    }

    private func mode(_ key: String) throws(CommandError) -> FilePermissions? {
        guard let text = string(key) else { return nil }
        guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
            throw .failed("\(key) is \"\(text)\", not an octal mode", hint: "For example \"0750\"")
        }
        return FilePermissions(rawValue: mode)
    }

    /// The programs that the pipeline starts.
    var toolbox: Toolbox {
        let executable = FilePath(
            ProcessInfo.processInfo.arguments.first.flatMap { _ in
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            } ?? "spoolscribe")
        var toolbox = Toolbox(python: string("tools.python").map { FilePath($0) } ?? Self.python(near: executable), executable: executable)
        toolbox.plugins = string("tools.plugins").map { FilePath($0) }
        return toolbox
    }

    /// The set-up makes `.venv` at the root of a checkout; an installed program has it in its library folder.
    private static func python(near executable: FilePath) -> FilePath {
        var folder = executable.removingLastComponent()
        for _ in 0..<6 {
            let candidate = folder.appending(".venv/bin/python3")
            if FileManager.default.isExecutableFile(atPath: candidate.string) { return candidate }
            guard folder.lastComponent != nil else { break }
            folder.removeLastComponent()
        }
        return FilePath("/usr/local/lib/spoolscribe/venv/bin/python3")
    }
}
