import SpoolFiles

/// One setting: its name, what it may be, what it is without being set, and what it does.
struct SettingDefinition: Sendable {
    enum Kind: Sendable {
        case text
        case choice([String])
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case flag
        case list
        case numbers(ClosedRange<Double>)
    }

    /// `network.max_bytes`; in the environment `SPOOLSCRIBE_NETWORK_MAX_BYTES`.
    let key: String
    let kind: Kind
    /// As YAML; `nil` if it is unset by default.
    let standard: String?
    let unit: String?
    let help: String

    init(_ key: String, _ kind: Kind, _ standard: String?, unit: String? = nil, _ help: String) {
        self.key = key
        self.kind = kind
        self.standard = standard
        self.unit = unit
        self.help = help
    }

    var environmentName: String { "SPOOLSCRIBE_" + key.uppercased().replacing(".", with: "_") }

    /// What is allowed, in words.
    var allowed: String {
        let range =
            switch kind {
            case .text: "a text"
            case .choice(let names): "one of \(names.joined(separator: ", "))"
            case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .number(let range): "a number from \(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound))"
            case .flag: "true or false"
            case .list: "a list of texts"
            case .numbers(let range): "a list of numbers from \(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound))"
            }
        return unit.map { "\(range), in \($0)" } ?? range
    }

    /// A list in brackets, as the settings file has it, without them and without its quotation marks: people write `--set` and the
    /// environment the same way. A text with a comma in it can stand in the file only.
    func withoutBrackets(_ text: String) -> String {
        switch kind {
        case .list, .numbers:
            guard let inside = Self.inside(text.trimmed, "[", "]") else { return text }
            return inside.split(separator: ",").map { part in
                let word = String(part).trimmed
                return Self.inside(word, "\"", "\"") ?? Self.inside(word, "'", "'") ?? word
            }.joined(separator: ",")
        case .text, .choice, .integer, .number, .flag: return text
        }
    }

    private static func inside(_ text: String, _ first: String, _ last: String) -> String? {
        text.count > 1 && text.hasPrefix(first) && text.hasSuffix(last) ? String(text.dropFirst().dropLast()) : nil
    }

    private static func plain(_ value: Double) -> String { value == value.rounded() ? String(Int(value)) : String(value) }

    static let all: [SettingDefinition] = [
        .init(
            "spool.owner", .text, nil,
            "User who owns the spool (name or number), and as whom the daemon runs; the one who runs init by default."),
        .init("spool.group", .text, nil, "Group that may drop files (name or number); the group of the user who runs init by default."),
        .init(
            "spool.control_mode", .text, "\"3770\"",
            "Octal mode of the folders that people drop into: setgid and sticky, so that nobody takes away another's drop."),
        .init(
            "spool.folder_mode", .text, "\"2750\"",
            "Octal mode of the folders that only the daemon writes, and less x of its files; setgid, so that they get the spool's group."),
        .init(
            "spool.watch", .choice(["auto", "inotify", "poll"]), "auto",
            "How drops are noticed: auto polls where inotify cannot see (NFS, SMB, FUSE)."),
        .init("spool.quiet_seconds", .number(0...60), "0.2", unit: "seconds", "Quiet time after a file was closed before it is taken."),
        .init(
            "spool.still_seconds", .number(0.1...3600), "5", unit: "seconds",
            "How long a file must stand still where nobody can be asked who writes it."),
        .init("spool.scan_seconds", .number(1...3600), "60", unit: "seconds", "Time between full looks at the folders."),
        .init(
            "spool.companion_seconds", .number(0...3600), "30", unit: "seconds",
            "How long subtitles, a picture or an .info.json in incoming/ wait for the recording of their name."),
        .init("spool.poll_seconds", .number(0.1...600), "2", unit: "seconds", "Time between looks where folders are polled."),
        .init(
            "spool.ownership", .choice(["open", "enforce"]), "open",
            "Whether everybody who can drop may act on every job (open), or only its owner and administrators (enforce)."),
        .init("spool.administrators", .list, "[]", "Users who may act on every job although it is not theirs."),
        .init("database.path", .text, nil, "The database; on a local disk. By default .spoolscribe/jobs.sqlite in the spool."),
        .init("lanes.network", .integer(1...64), "4", "Downloads side by side."),
        .init("lanes.cpu", .integer(1...256), "2", "Audio extractions and metadata side by side."),
        .init("lanes.asr", .integer(1...256), "4", "Recordings in the recogniser side by side; they share its decoders."),
        .init(
            "network.allow_addresses", .list, "[]",
            "Addresses or ranges that may be fetched from although they are not public: 192.168.1.0/24."),
        .init("network.proxy", .text, nil, "Proxy for all downloads: http://proxy.example.org:3128."),
        .init("network.max_bytes", .integer(1...(1 << 50)), "21474836480", unit: "bytes", "The largest file that is fetched or written."),
        .init("network.user_agent", .text, nil, "What downloads call themselves."),
        .init("network.cookies", .text, nil, "A cookie file in Netscape format, for sites that need a login."),
        .init(
            "network.stall_seconds", .number(1...3600), "60", unit: "seconds", "A transfer without a byte for this long counts as broken."),
        .init(
            "network.format", .text, "best",
            "What is fetched from video sites: best, audio, height<=720 (or another height), or a format choice in yt-dlp's words."),
        .init("network.source_address", .text, nil, "The address of this machine from which downloads go out."),
        .init(
            "sites.pause_seconds", .numbers(0...3600), "[5, 10]", unit: "seconds",
            "The shortest and the longest pause between two calls to one video site; a site on this machine needs none."),
        .init("sites.jobs", .integer(1...16), "1", "How many jobs may be at one video site at a time."),
        .init("sites.max_items", .integer(1...10_000), "500", "How many items of a playlist or channel are taken."),
        .init(
            "captions.languages", .list, "[]",
            "Languages in which a site's captions by people are kept, apart from the spoken one: [en, de]."),
        .init("comments.include", .flag, "false", "Fetch comments for jobs that don't say."),
        .init("comments.max", .integer(0...1_000_000), "1000", "Comments of a video that are fetched at most, for jobs that don't say."),
        .init("comments.sort", .choice(["top", "new"]), "top", "Which comments come first, where the site can tell."),
        .init("retry.delays", .numbers(0...86_400), "[4, 16, 64]", unit: "seconds", "Waits before automatic tries."),
        .init("retry.max", .integer(0...10), "3", "Automatic tries after the first, for jobs that don't say."),
        .init(
            "retry.look_again_seconds", .number(1...86_400), "900", unit: "seconds",
            "How long until a premiere or live stream without an announced time is looked at again."),
        .init(
            "retry.local_seconds", .number(0.1...86_400), "60", unit: "seconds", "How long a stage rests when this machine lacks something."
        ),
        .init(
            "transcription.engine", .choice(["faster-whisper", "openai"]), "faster-whisper",
            "Who hears: the recogniser on this machine, or a server with OpenAI's protocol (see openai.url)."),
        .init("transcription.model", .text, "tiny.en", "A faster-whisper model's name, or a folder with one."),
        .init(
            "transcription.compute_type", .choice(JobSpec.ComputeType.allCases.map(\.rawValue)), "auto",
            "Arithmetic of the recogniser; auto is float16 on a GPU and int8 on a processor."),
        .init(
            "transcription.device", .choice(["auto", "cpu", "cuda"]), "auto",
            "Where the recogniser computes; auto takes a GPU if there is one."),
        .init("transcription.beam_size", .integer(1...20), "5", "How many readings of a sentence the recogniser keeps in mind."),
        .init(
            "transcription.memory", .integer(0...(1 << 44)), "0", unit: "bytes",
            "A recogniser that has grown past this is renewed between two parts; 0 means half of the machine's memory."),
        .init("transcription.decoders", .integer(0...256), "0", "One-thread decoders in the recogniser; 0 means one for each core."),
        .init("transcription.language", .text, nil, "Language of all recordings (\"en\"); found out for each by default."),
        .init(
            "transcription.folders", .list, "[]",
            "Folders of further models, by names under which jobs may ask for them: [council=/models/council]."),
        .init("transcription.hotwords", .text, nil, "Names and terms that the recogniser should expect."),
        .init(
            "transcription.initial_prompt", .text, nil,
            "A text as it may stand before every recording: it sets spelling and style."),
        .init(
            "transcription.channels", .choice(["mix", "speakers"]), "mix",
            "Whether the two channels of a recording are one sound (mix), or one speaker each (speakers)."),
        .init(
            "transcription.idle_seconds", .number(1...86_400), "300", unit: "seconds",
            "The recogniser ends when nothing was asked of it for this long."),
        .init(
            "transcription.stall_seconds", .number(10...86_400), "600", unit: "seconds",
            "A recogniser without a sign of life for this long is ended."),
        .init("openai.url", .text, "https://api.openai.com/v1", "The server's address, up to and with /v1."),
        .init("openai.model", .text, "whisper-1", "The model that the server is asked for."),
        .init("openai.key_file", .text, nil, "A file with the key; without it OPENAI_API_KEY of the environment is used, or none."),
        .init("openai.part_seconds", .number(20...3000), "120", unit: "seconds", "Sound in one request at most; cut at silences."),
        .init("openai.requests", .integer(1...64), "4", "Requests of one recording side by side."),
        .init("openai.timeout_seconds", .number(5...86_400), "600", unit: "seconds", "How long one request may take."),
        .init("subtitles.max_lines", .integer(1...3), "2", "Lines of a subtitle."),
        .init(
            "subtitles.line_length", .integer(16...80), "42", unit: "characters", "Length of a line; in Chinese and Japanese at most 16."),
        .init("subtitles.min_seconds", .number(0.3...5), "1", unit: "seconds", "How long a subtitle stands at least."),
        .init("subtitles.max_seconds", .number(2...20), "7", unit: "seconds", "How long a subtitle stands at most."),
        .init("subtitles.max_rate", .number(8...40), "20", "Characters a second that people can read."),
        .init("subtitles.gap_seconds", .number(0...1), "0.08", unit: "seconds", "Time between two subtitles at least."),
        .init(
            "extraction.memory", .integer((512 << 20)...(1 << 44)), "2147483648", unit: "bytes",
            "Address space of the child that opens media."),
        .init(
            "results.template", .text, "\"{channel}/{date} {title}.{ext}\"",
            "Names of the copies in results/, made of {title}, {channel}, {site}, {date}, {id}, {user} and {ext}; empty makes none."),
        .init("results.files", .list, "[txt, srt, vtt]", "Which files are copied to results/: txt, srt, vtt, json, audio, video."),
        .init("keep.trash", .number(0...36_500), "30", unit: "days", "How long what was deleted can be restored; 0 for ever."),
        .init("keep.accepted", .number(0...36_500), "30", unit: "days", "How long dropped files are kept in accepted/; 0 for ever."),
        .init("keep.receipts", .number(0...36_500), "90", unit: "days", "How long receipts are kept; 0 for ever."),
        .init("keep.rejected", .number(0...36_500), "90", unit: "days", "How long rejected drops are kept; 0 for ever."),
        .init("keep.jobs", .number(0...36_500), "90", unit: "days", "How long the records of ended jobs are kept; 0 for ever."),
        .init(
            "keep.media", .number(0...36_500), "0", unit: "days",
            "How long picture and sound stay in bundles, whose text is kept; 0 for ever."),
        .init("keep.video", .flag, "true", "Keep the picture in the bundle, not only the sound."),
        .init(
            "notify.command", .list, "[]",
            "A program and its arguments, run without a shell when something happens; it gets JSON on its standard input."),
        .init("notify.webhook", .text, nil, "An address to which the same JSON is posted."),
        .init("notify.secret_file", .text, nil, "A file with the key that signs what is posted (HMAC-SHA-256, X-Spoolscribe-Signature)."),
        .init(
            "notify.patience_seconds", .number(1...86_400), "30", unit: "seconds",
            "How long the command may take, or the answer to what is posted."),
        .init("notify.events", .list, "[completed, failed, blocked]", "What is told: completed, failed, blocked."),
        .init("report.delay_seconds", .number(0...3600), "2", unit: "seconds", "Time between a change and the page that shows it."),
        .init("report.title", .text, "Spoolscribe", "The site's title, on every page."),
        .init("report.logo", .text, nil, "A picture that stands beside the title: a file that browsers show."),
        .init(
            "report.address", .text, nil,
            "Where a web server shows report/, for the podcast and the site map: https://example.org/report/. Bundles lie beside it."),
        .init("report.footer", .text, nil, "A line at the foot of every page."),
        .init(
            "report.templates", .text, nil,
            "A folder with templates (video.mustache and so on), style.css or report.js that take the place of ours."),
        .init("disk.floor", .integer(0...(1 << 50)), "1073741824", unit: "bytes", "Free space below which no stage starts."),
        .init(
            "tools.python", .text, nil,
            "Python of the virtual environment with faster-whisper and yt-dlp; found beside the program by default."),
        .init(
            "tools.plugins", .text, nil,
            "A folder with yt-dlp plugins, <name>/yt_dlp_plugins/…, for sites of your own. They run as the daemon."),
        .init(
            "log.level", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]), "info", "How much the daemon logs."),
    ]

    /// Settings that may hold a password, or tell where one is: only their being set is shown to everybody.
    private static let secrets: Set<String> = [
        "network.proxy", "network.cookies", "openai.key_file", "notify.command", "notify.webhook", "notify.secret_file",
    ]

    var isSecret: Bool { Self.secrets.contains(key) }

    static func named(_ key: String) -> SettingDefinition? { all.first { $0.key == key } }
}
