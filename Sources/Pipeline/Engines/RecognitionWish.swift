import SpoolFiles

/// What a recogniser is told: the job's own wishes, and the settings' where it has none.
struct RecognitionWish: Codable, Sendable, Hashable {
    var model: String
    /// Of the local recogniser; `nil` in what an earlier version wrote.
    var computeType: JobSpec.ComputeType?
    /// An ISO 639 code; `nil` if it is to be found out.
    var language: String?
    var task: JobSpec.Task
    /// Names and terms that may be said.
    var hotwords: String?
    /// A text as it may stand before the recording: it sets the style of spelling.
    var initialPrompt: String?
    var beamSize: Int

    /// - Parameter model: what is used where the job names none.
    init(_ spec: JobSpec, _ settings: PipelineSettings.Transcription, model: String) {
        self.model = spec.modelSize ?? model
        computeType = spec.computeType ?? settings.computeType
        language = spec.language ?? settings.language
        task = spec.task ?? .transcribe
        hotwords = spec.hotwords ?? settings.hotwords
        initialPrompt = spec.initialPrompt ?? settings.initialPrompt
        beamSize = settings.beamSize
    }

    /// A model that knows no language but English, as its name has it.
    var isEnglishOnly: Bool { model.split(separator: "/").last?.hasSuffix(".en") == true }
}
