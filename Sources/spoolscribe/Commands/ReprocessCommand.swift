import ArgumentParser
import SpoolFiles

struct ReprocessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reprocess",
        abstract: "Transcribe finished videos again from what is stored, never downloading; the earlier transcript is kept.",
        discussion: ControlOptions.discussion)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: ControlOptions

    @Option(help: ArgumentHelp("The model, such as base.en.", valueName: "model"))
    var model: String?

    @Option(help: ArgumentHelp("The recogniser's arithmetic, such as int8 or float32.", valueName: "type"))
    var computeType: String?

    @Option(help: ArgumentHelp("The spoken language, such as en.", valueName: "code"))
    var language: String?

    @Option(help: ArgumentHelp("transcribe or translate.", valueName: "task"))
    var task: String?

    @Option(help: ArgumentHelp("Names and terms that the recogniser should expect.", valueName: "words"))
    var hotwords: String?

    @Option(help: ArgumentHelp("A text as it may stand before the recording: it sets spelling and style.", valueName: "text"))
    var initialPrompt: String?

    @Option(help: ArgumentHelp("mix, or speakers if each of two channels is one speaker.", valueName: "kind"))
    var channels: String?

    @Option(help: ArgumentHelp("1 (first) to 10 (last).", valueName: "number"))
    var priority: Int?

    @Flag(help: "Hear it although the site has captions made by people.")
    var forceWhisper = false

    @Flag(help: "Put it also in the place of a transcript that a person corrected.")
    var replaceCorrected = false

    func run() async throws {
        var fields: [String: OrderValue] = [:]
        fields["model_size"] = model.map { .text($0) }
        fields["compute_type"] = computeType.map { .text($0) }
        fields["language"] = language.map { .text($0) }
        fields["task"] = task.map { .text($0) }
        fields["hotwords"] = hotwords.map { .text($0) }
        fields["priority"] = priority.map { .number($0) }
        fields["initial_prompt"] = initialPrompt.map { .text($0) }
        fields["channels"] = channels.map { .text($0) }
        if replaceCorrected { fields["replace_corrected"] = .flag(true) }
        if forceWhisper { fields["force_whisper"] = .flag(true) }
        try await options.send(fields, to: .reprocess, global)
    }
}
