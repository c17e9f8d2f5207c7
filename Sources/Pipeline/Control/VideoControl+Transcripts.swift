import Jobs
import SpoolFiles
import SystemPackage

/// The versions of a video's transcript: a person's takes the place of a machine's, and an earlier one comes back.
extension VideoControl {
    func correct(
        _ subject: Subject, _ correction: Correction, _ target: ControlOrder.Target, _ claim: Claim, _ answer: inout ControlAnswer
    ) async throws {
        let now = await store.now()
        try await changeTranscript(subject, .correct(correction), target, claim, &answer) { versions, metadata throws(Unfit) in
            guard let current = versions.current?.transcript else { throw Unfit(reason: "it has no transcript to correct") }
            // Cut off at an earlier try, behind the new bundle: only what follows it is done again.
            if current.provenance.jobID == claim.dropID { return (nil, "the transcript, now version \(claim.dropID)") }
            if let problem = correction.problem(duration: current.duration) {
                throw Unfit(reason: problem, hint: "Drop it under the name of the video to which it belongs")
            }
            let corrected = correction.transcript(
                correcting: current, names: metadata.speakers ?? [:], author: claim.userID, version: claim.dropID, at: now)
            let comparison = TranscriptComparison(from: current, to: corrected)
            let changed = comparison.changes.count
            let places = changed == 0 ? "no word is changed" : "changed in \(changed) place\(changed == 1 ? "" : "s")"
            var note = "the transcript, now version \(claim.dropID): \(places); the earlier one is kept"
            if comparison.sameWords * 4 < comparison.words {
                note += ". Only \(comparison.sameWords) of its \(comparison.words) words are as they were: if it is of another recording,"
                note += " drop {\"version\": \"\(current.provenance.jobID)\"} as \(metadata.videoID).json to have the earlier one back"
            }
            return (corrected, note)
        }
    }

    func restoreVersion(
        _ subject: Subject, _ id: String, _ target: ControlOrder.Target, _ claim: Claim, _ answer: inout ControlAnswer
    ) async throws {
        try await changeTranscript(subject, .version(id), target, claim, &answer) { versions, _ throws(Unfit) in
            guard let version = versions.version(id) else {
                throw Unfit(
                    reason: "it has no version \(id)",
                    hint: "Its versions are \(versions.all.map { "\($0.id)\($0.isCurrent ? " (current)" : "")" }.joined(separator: ", "))")
            }
            return (version.isCurrent ? nil : version.transcript, "version \(version.id) is the current transcript")
        }
    }

    /// Why a video's transcript cannot be changed as wished.
    private struct Unfit: Error {
        var reason: String
        var hint: String?
    }

    /// Puts another transcript in the place of the current one, which is kept.
    /// - Parameter choose: the new one, `nil` if it is there already, and what is told of it.
    private func changeTranscript(
        _ subject: Subject, _ wish: ControlOrder.Wish, _ target: ControlOrder.Target, _ claim: Claim, _ answer: inout ControlAnswer,
        _ choose: @Sendable @escaping (TranscriptVersions, VideoMetadata) throws(Unfit) -> (Transcript?, String)
    ) async throws {
        for (record, jobs) in try await videos(subject, wish, target, claim, &answer) {
            let bundle = layout.bundle(record.id)
            guard FileSystem.exists(bundle.appending(BundleManifest.name)) else {
                answer.refuse(target, "the bundle of \(record.id) is not there", Self.goneHint)
                continue
            }
            do {
                let note = try await gate.pass {
                    let note = try await BlockingWork.run { [edits, workID = claim.dropID] () throws(any Error) in
                        let metadata = try SpoolJSON.read(VideoMetadata.self, at: bundle.appending(VideoMetadata.name))
                        let (transcript, note) = try choose(TranscriptVersions(bundle: bundle), metadata)
                        if let transcript { try edits.replaceTranscript(of: record.id, with: transcript, workID: workID) }
                        return note
                    }
                    try await results.renew(record.id)
                    try await catalogue.record(record.id, addressID: record.addressID, withComments: false)
                    return note
                }
                try await followAll(jobs)
                answer.actions.append(.init(target: target.text, action: .updated, videoID: record.id, note: note))
                self.jobs.changed()
            } catch let unfit as Unfit {
                answer.refuse(target, record.id == target.text ? unfit.reason : "\(record.id): \(unfit.reason)", unfit.hint)
            }
        }
    }
}
