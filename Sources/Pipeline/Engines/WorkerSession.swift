import SpoolFiles

#if canImport(Glibc)
    import Glibc
#endif

/// One life of the recogniser's process.
struct WorkerSession {
    let model: LoadedModel
    var identity: RecogniserIdentity?
    /// Its model is being downloaded.
    var isFetching = false
    /// On which device the model is being loaded.
    var loadingDevice: String?
    /// It ends to give its memory back.
    var isRenewing = false
    /// Requests that it was given and has not ended.
    var given: Set<String> = []
    /// Requests that it was given and whose listener left.
    var unwanted: [String] = []
    /// What it said before it gave up as a whole.
    var lastWord: Failure?
    var lastSign = ContinuousClock.now
    /// When it was started.
    let memoryKills = MemoryKills.count()

    init(model: LoadedModel) { self.model = model }

    /// Seconds without a sign of life after which it counts as hanging.
    /// - Parameter stall: those while it hears.
    func patience(_ stall: Double) -> Double {
        // A large model from a share takes minutes, and says nothing meanwhile; one from the hub may take an hour.
        isFetching ? 3600 : identity == nil ? max(stall, min(10 * stall, 600)) : stall
    }

    /// Whether a person or another program ended it, rather than the kernel because memory had run out.
    func wasKilledFromOutside(by signal: Int32) -> Bool {
        [SIGKILL, SIGTERM, SIGINT, SIGHUP].contains(signal) && memoryKills != nil && memoryKills == MemoryKills.count()
    }
}
