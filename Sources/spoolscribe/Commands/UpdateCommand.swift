import ArgumentParser
import Pipeline
import SpoolFiles
import SystemPackage

struct UpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change title, tags, description, language or names of speakers, or put in a corrected transcript.",
        discussion: ControlOptions.discussion)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: ControlOptions

    @Option(help: "The title.")
    var title: String?

    @Option(help: ArgumentHelp("A tag; may be repeated, and replaces all tags.", valueName: "tag"))
    var tag: [String] = []

    @Flag(help: "Take all tags away.")
    var noTags = false

    @Option(help: "The description.")
    var description: String?

    @Option(help: ArgumentHelp("The language, such as en.", valueName: "code"))
    var language: String?

    @Option(help: ArgumentHelp("The name of a speaker, \"Speaker 1=Ada Lovelace\"; may be repeated.", valueName: "label=name"))
    var speaker: [String] = []

    @Option(help: ArgumentHelp("A corrected transcript, .srt, .vtt or .json, of one video.", valueName: "file"))
    var transcript: String?

    func run() async throws {
        if let transcript { return try await sendTranscript(FilePath(transcript)) }
        if title?.trimmed.isEmpty == true { throw CommandError.wrongUse("a title cannot be empty", hint: "Leave --title out to keep it") }
        var fields: [String: OrderValue] = [:]
        fields["title"] = title.map { .text($0) }
        fields["description"] = description.map { .text($0) }
        fields["language"] = language.map { .text($0) }
        if !tag.isEmpty || noTags { fields["tags"] = .texts(tag) }
        if !speaker.isEmpty { fields["speakers"] = .names(try names()) }
        guard !fields.isEmpty else {
            throw CommandError.wrongUse(
                "there is nothing to change", hint: "Give --title, --tag, --description, --language, --speaker or --transcript")
        }
        try await options.send(fields, to: .update, global)
    }

    private func names() throws(CommandError) -> [String: String] {
        var names: [String: String] = [:]
        for pair in speaker {
            guard let equals = pair.firstIndex(of: "=") else {
                throw .wrongUse("--speaker \(pair) has no =", hint: "For example --speaker \"Speaker 1=Ada Lovelace\"")
            }
            names[pair[..<equals].trimmed] = pair[pair.index(after: equals)...].trimmed
        }
        return names
    }

    private func sendTranscript(_ file: FilePath) async throws {
        let settings = try await Settings(options: global)
        try settings.requireSpool()
        guard options.targets.count == 1, title == nil, tag.isEmpty, !noTags, description == nil, language == nil, speaker.isEmpty else {
            throw CommandError.wrongUse("--transcript is for one video, and stands alone", hint: "Use a second command for the rest")
        }
        let ending = file.extension?.lowercased() ?? ""
        guard Correction.formats.contains(ending) else {
            throw CommandError.wrongUse(
                "\(file.string) is no .srt, .vtt or .json", hint: "Take one of the transcripts of the video's bundle")
        }
        let sender = DropSender(layout: settings.layout)
        guard !options.targets[0].contains("/") else {
            throw CommandError.wrongUse("\(options.targets[0]) cannot be the name of a file", hint: "Give the id of the video")
        }
        let drop = try sender.sendNamed(
            try FileSystem.read(file, limit: Correction.sizeLimit), as: "\(options.targets[0]).\(ending)", in: DropPlace(.update))
        try await sender.answer([drop], wait: options.wait, json: options.json, warning: settings.daemonWarning)
    }
}
