import Jobs
import SpoolFiles
import SystemPackage

/// What the pipeline can be told. Every value has the default that the settings document.
public struct PipelineSettings: Sendable {
    /// How many stages run side by side in each lane.
    public var lanes: [Lane: Int] = [.network: 4, .cpu: 2, .asr: 4]
    public var network = Network()
    public var sites = Sites()
    public var captions = Captions()
    public var comments = Comments()
    public var transcription = Transcription()
    public var openAI = OpenAI()
    public var subtitles = CueRules()
    public var retry = RetryPolicy()
    /// Automatic tries after the first, for jobs that don't say.
    public var maxRetries = 3
    public var keepVideo = true
    /// Bytes that must stay free; below them no stage starts.
    public var diskFloor: Int64 = 1 << 30
    /// Seconds that children get to end by themselves; a cancelled stage ends within 2.
    public var grace = 1.5
    public var extraction = Extraction()
    public var ownership = Ownership()

    public struct Network: Sendable {
        public var allowAddresses: [AddressRange] = []
        public var proxy: String?
        /// Bytes.
        public var maxBytes: Int64 = 20 << 30
        public var userAgent = "Spoolscribe/\(Version.current)"
        public var cookies: FilePath?
        /// Seconds without a byte after which a transfer counts as broken.
        public var stall = 60.0
        /// An address of this machine from which downloads go out.
        public var sourceAddress: String?
        public var format = FormatChoice.best

        public init() {}
    }

    public struct Sites: Sendable {
        /// Seconds between two calls to one site.
        public var pause = 5.0...10.0
        /// Of a playlist or channel, how many items are taken.
        public var maxItems = 500

        public init() {}
    }

    public struct Captions: Sendable {
        /// In which languages captions by people are kept, apart from the spoken one.
        public var languages: [String] = []

        public init() {}
    }

    public struct Comments: Sendable {
        /// Comments of a video that are fetched at most, for jobs that don't say.
        public var limit = 1000
        /// `top` or `new` first, where the site can.
        public var sort = "top"

        public init() {}
    }

    public struct Transcription: Sendable {
        public var model = "tiny.en"
        /// Folders of further models, by the names under which jobs may ask for them.
        public var folders: [String: String] = [:]
        /// `faster-whisper` or `openai`.
        public var engine = "faster-whisper"
        /// `auto` is float16 on a GPU and int8 on a processor.
        public var computeType = JobSpec.ComputeType.auto
        /// `auto`, `cpu` or `cuda`.
        public var device = "auto"
        public var beamSize = 5
        /// Bytes past which the worker is renewed; 0 is no limit.
        public var memory: Int64 = 0
        /// One-thread decoders in the worker; 0 means as many as there are cores.
        public var decoders = 0
        public var language: String?
        public var hotwords: String?
        public var initialPrompt: String?
        public var channels = JobSpec.Channels.mix
        /// Seconds without work after which the worker ends.
        public var idle = 300.0
        /// Seconds without a sign of life during work after which the worker is ended.
        public var stall = 600.0

        public init() {}
    }

    /// A server with OpenAI's transcription protocol.
    public struct OpenAI: Sendable {
        /// Up to and with `/v1`.
        public var url = "https://api.openai.com/v1"
        public var model = "whisper-1"
        public var keyFile: FilePath?
        public var environmentKey: String?
        /// Seconds of sound in one request.
        public var partSeconds = 120.0
        /// Requests side by side.
        public var requests = 4
        /// Seconds that a request may take.
        public var timeout = 600.0

        public init() {}
    }

    public struct Extraction: Sendable {
        /// Bytes of address space.
        public var memory: Int64 = 2 << 30
        /// Seconds of processor time for each second of sound, and for the file as a whole.
        public var cpuPerSecond = 1.0
        public var cpuBase = 120.0

        public init() {}
    }

    public init() {}
}

/// The version of the program.
public enum Version {
    public static let current = "0.1.0"
}
