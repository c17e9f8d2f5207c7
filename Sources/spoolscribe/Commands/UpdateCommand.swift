import ArgumentParser
import SpoolFiles

struct UpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change title, tags, description or language of videos.", discussion: ControlOptions.discussion)

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

    func run() async throws {
        if title?.trimmed.isEmpty == true { throw CommandError.wrongUse("a title cannot be empty", hint: "Leave --title out to keep it") }
        var fields: [String: OrderValue] = [:]
        fields["title"] = title.map { .text($0) }
        fields["description"] = description.map { .text($0) }
        fields["language"] = language.map { .text($0) }
        if !tag.isEmpty || noTags { fields["tags"] = .texts(tag) }
        guard !fields.isEmpty else {
            throw CommandError.wrongUse("there is nothing to change", hint: "Give --title, --tag, --description or --language")
        }
        try await options.send(fields, to: .update, global)
    }
}
