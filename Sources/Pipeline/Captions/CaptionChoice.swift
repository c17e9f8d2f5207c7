import SpoolFiles

/// Which of a video's captions are fetched, and which of them may be the transcript.
struct CaptionChoice: Sendable, Hashable {
    /// Languages under the site's names for them.
    var human: [String] = []
    var automatic: [String] = []

    /// - Parameters:
    ///   - spoken: the language that is wanted, or else that the site says is spoken; `nil` if nobody knows.
    ///   - preferred: further languages in which captions are kept.
    init(of info: SiteMetadata, spoken: String?, preferred: [String]) {
        for language in ([spoken] + preferred).compactMap({ $0 }) {
            if let match = Self.match(language, in: info.captions.keys), !human.contains(match) { human.append(match) }
        }
        // A machine hears what is spoken; its translations into a hundred other languages are of no use here.
        let original = info.automaticCaptions.keys.filter { $0.hasSuffix("-orig") }.sorted().first
        if let heard = spoken.flatMap({ Self.match($0, in: info.automaticCaptions.keys) }) ?? original,
            Self.match(Self.base(heard), in: info.captions.keys) == nil
        {
            automatic = [heard]
        }
        human = human.filter(Self.isSafe)
        automatic = automatic.filter(Self.isSafe)
    }

    /// The language itself, as it was spoken rather than translated, or else a form of it: `en-US` for `en`.
    static func match(_ language: String, in known: some Collection<String>) -> String? {
        if known.contains("\(language)-orig") { return "\(language)-orig" }
        if known.contains(language) { return language }
        return known.filter { base($0) == base(language) }.sorted().first
    }

    /// `en` of `en-US`.
    static func base(_ language: String) -> String { language.split { $0 == "-" || $0 == "_" }.first.map { $0.lowercased() } ?? language }

    /// A name from outside that may become a part of a file's name, and of a pattern.
    private static func isSafe(_ language: String) -> Bool {
        language.count <= 32 && language.first?.isLetter == true
            && language.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }
}
