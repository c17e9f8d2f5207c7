import SpoolFiles

/// One run of the pipeline for one video, as the store keeps it.
///
/// A value: changes are made by `JobTransition`, which the store applies under a guard.
public struct Job: Sendable, Hashable, Identifiable {
    public let id: String
    public let dropID: String
    /// The name of the drop that made it.
    public let drop: String
    /// Its place in the drop, from 0.
    public let ordinal: Int
    /// The site or `web` or `file`; what a breaker pauses.
    public let site: String
    public let url: String?
    /// The name of the dropped recording, for jobs without a download.
    public let recording: String?
    public let userID: String
    public let spec: JobSpec
    public let createdAt: Timestamp
    /// What makes the job: a link or recording, or a wish to work again on what is stored.
    public let origin: Origin
    /// Stands for the address, known before anything is fetched: drops of one address are worked on once.
    public let addressID: String?
    /// The site at which only so many jobs are at a time; `nil` for what is no page of a video site.
    public let politeSite: String?
    /// The job of the playlist or channel that this one is an item of.
    public let listID: String?

    public var videoID: String?
    public var title: String?
    public var priority: Int
    public var state: JobState = .queued
    /// Waiting or running, in a stage; `nil` elsewhere.
    public var stageState: StatusSidecar.StageState?
    /// The stage that runs, or that is the next to run.
    public var stage: JobState = .downloading
    /// The lane it stands in line for; `nil` if it is not in line.
    public var waitingLane: Lane?
    /// 0 to 100.
    public var progress = 0.0
    public var retryCount = 0
    public var manualRetryCount = 0
    public let maxRetries: Int
    public var notBefore: Timestamp?
    public var waitReason: String?
    /// How often in a row a crash interrupted this stage at `interruptedProgress`.
    public var interruptions = 0
    public var interruptedProgress: Double?
    public var lease: Lease?
    public var failure: Failure?
    public var warnings: [String] = []
    public var startedAt: Timestamp?
    public var endedAt: Timestamp?
    public var updatedAt: Timestamp
    /// Its place in the fair order inside its priority; given by the store.
    public var turn: Int64 = 0
    /// When a user deleted it into the trash.
    public var deletedAt: Timestamp?
    /// Grows with every move; of two views of a job the greater is the later.
    public var revision: Int64 = 0
    /// The control drop that moved it last.
    public var touchedBy: String?
    /// What became of its items, if its address leads to a playlist or channel.
    public var list: ListSummary? {
        get { lists?.first }
        set { lists = newValue.map { [$0] } }
    }
    /// One or none, out of the way: nearly all jobs have none, and a hundred thousand may be in memory.
    private var lists: [ListSummary]?

    public enum Origin: String, Sendable { case drop, reprocess }

    /// Who works on the job, and until when without another sign of life.
    public struct Lease: Sendable, Hashable {
        public var owner: String
        public var expires: Timestamp

        public init(owner: String, expires: Timestamp) {
            self.owner = owner
            self.expires = expires
        }
    }

    public init(
        id: String, dropID: String, drop: String, ordinal: Int, site: String, url: String?, recording: String?,
        videoID: String?, userID: String, spec: JobSpec, maxRetries: Int, createdAt: Timestamp, origin: Origin = .drop,
        addressID: String? = nil, politeSite: String? = nil, listID: String? = nil
    ) {
        self.id = id
        self.dropID = dropID
        self.drop = drop
        self.ordinal = ordinal
        self.site = site
        self.url = url
        self.recording = recording
        self.videoID = videoID
        self.userID = userID
        self.spec = spec
        self.maxRetries = maxRetries
        self.createdAt = createdAt
        title = spec.title
        priority = spec.priority ?? JobSpec.defaultPriority
        updatedAt = createdAt
        self.origin = origin
        self.addressID = addressID
        self.politeSite = politeSite
        self.listID = listID
        // What is stored is never fetched again.
        if origin == .reprocess { stage = .extractingAudio }
        waitingLane = Lane(for: stage, of: self)
    }

    /// The day of the dated folder in which an ended job's sidecar lies.
    public var endedOn: String? { endedAt?.day }

    /// The title that a dropped recording's name gives: "talk" for `day 1/talk.mp4`.
    public var recordingTitle: String? {
        recording.map { name in DropName.stem(name.split(separator: "/").last.map(String.init) ?? name) }
    }

    /// What people call it: its title, or what was dropped.
    public var displayName: String { title ?? recording ?? url ?? drop }
}
