import SpoolFiles

/// Makes a transcript of captions.
enum CaptionsTranscript {
    static let engine = "captions"

    /// - Parameters:
    ///   - language: of the captions.
    ///   - version: of what fetched them.
    ///   - duration: seconds of the recording.
    static func make(
        of captions: [Caption], language: String, isAutomatic: Bool, version: String, duration: Double, task: JobSpec.Task, jobID: String
    ) -> Transcript {
        let spoken = captions.filter { $0.start < duration }
        let segments = spoken.enumerated().map { index, caption in
            // Captions may stand longer than what they say: none reaches into the next, nor behind the end.
            let next = index + 1 < spoken.count ? spoken[index + 1].start : duration
            let end = max(caption.start, min(caption.end, max(next, caption.start + 0.001), duration))
            let words = caption.words.map { word in
                Transcript.Word(
                    start: min(max(word.start, caption.start), end), end: min(max(word.end, caption.start), end), word: word.word,
                    probability: nil)
            }
            return Transcript.Segment(id: index, start: caption.start, end: end, text: " \(caption.text)", words: words)
        }
        return Transcript(
            language: CaptionChoice.base(language), languageProbability: nil, duration: duration, speechDuration: nil, segments: segments,
            flags: segments.isEmpty ? [.noSpeech] : [],
            provenance: .init(
                engine: engine, engineVersion: version, model: isAutomatic ? "automatic" : "human", task: task.rawValue, jobID: jobID,
                createdAt: .now()))
    }
}
