import SpoolFiles

/// What a recogniser has in memory.
struct LoadedModel: Sendable, Hashable {
    var name: String
    var computeType: JobSpec.ComputeType
}

/// Decides which requests the recogniser works on together. Pure.
///
/// Requests come in order. Those for one model run side by side; one for another model waits until the others are done,
/// since one model is in memory. A suspect, whose earlier run ended with the recogniser's death, runs alone: if it kills
/// the recogniser again, no other job is hurt.
struct WorkerAdmission: Sendable {
    struct Entry: Sendable, Hashable {
        let id: String
        let model: LoadedModel
        let isSuspect: Bool
    }

    private(set) var active: [Entry] = []
    private(set) var waiting: [Entry] = []

    mutating func enter(_ entry: Entry) { waiting.append(entry) }

    mutating func leave(_ id: String) {
        active.removeAll { $0.id == id }
        waiting.removeAll { $0.id == id }
    }

    /// Lets in from the front of the line whoever fits; returns them.
    mutating func admit() -> [Entry] {
        var admitted: [Entry] = []
        while let next = waiting.first, fits(next) {
            waiting.removeFirst()
            active.append(next)
            admitted.append(next)
        }
        return admitted
    }

    private func fits(_ entry: Entry) -> Bool {
        guard let one = active.first else { return true }
        return entry.model == one.model && !entry.isSuspect && !one.isSuspect
    }
}
