import SpoolFiles

/// A transcript as Markdown: chapters as headings, and before each paragraph its time as a link to that second.
struct MarkdownText {
    let metadata: VideoMetadata
    let transcript: Transcript
    let chapters: Chapters?
    /// The media in the bundle, by its path there; `nil` if none is kept.
    let media: String?

    var text: String {
        var blocks = ["# \(Self.escaped(metadata.title))", facts]
        var rest = (chapters?.chapters ?? [])[...]
        for paragraph in Paragraph.all(of: transcript, names: metadata.speakers ?? [:], breaks: rest.map(\.start)) {
            while let chapter = rest.first, chapter.start <= paragraph.start + 0.01 {
                blocks.append("## \(Self.escaped(chapter.title))")
                rest = rest.dropFirst()
            }
            let speaker = paragraph.speaker.map { "**\(Self.escaped($0)):** " } ?? ""
            blocks.append("\(time(paragraph.start)) \(speaker)\(Self.escaped(paragraph.text))")
        }
        // Chapters in which nobody speaks.
        blocks += rest.map { "## \(Self.escaped($0.title))" }
        if transcript.segments.isEmpty { blocks.append("*No speech was found.*") }
        return blocks.joined(separator: "\n\n") + "\n"
    }

    private var facts: String {
        var facts = [metadata.channel.map(Self.escaped), metadata.uploadDate ?? metadata.addedAt.day, Self.clock(transcript.duration)]
        if let url = metadata.url { facts.append("<\(url.replacing(">", with: "%3E"))>") }
        return facts.compactMap { $0 }.joined(separator: " · ")
    }

    /// A link into the kept media, else into the video's page where that is known to take a time, else the bare time.
    private func time(_ seconds: Double) -> String {
        let label = Self.clock(seconds)
        if let media { return "[\(label)](\(media)#t=\(Int(seconds)))" }
        if metadata.site == "youtube", let url = metadata.url { return "[\(label)](\(url)&t=\(Int(seconds))s)" }
        return "\\[\(label)\\]"
    }

    /// `1:02:03`, or `2:03` below an hour.
    private static func clock(_ seconds: Double) -> String {
        let all = Int(max(seconds, 0))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return all >= 3600 ? "\(all / 3600):\(two(all / 60 % 60)):\(two(all % 60))" : "\(all / 60):\(two(all % 60))"
    }

    /// Text in which nothing is markup (CommonMark, "Backslash escapes"). A line feed would begin a block; at the beginning of one, "1."
    /// and "-" would begin a list.
    private static func escaped(_ text: String) -> String {
        var result = ""
        var text = text[...]
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        if let mark = text.dropFirst(digits.count).first, (digits.isEmpty ? "-+=" : ".)").contains(mark) {
            result = "\(digits)\\\(mark)"
            text = text.dropFirst(digits.count + 1)
        }
        for character in text {
            if character.isNewline {
                result += " "
            } else {
                result += "\\`*_{}[]<>#|~&!".contains(character) ? "\\\(character)" : "\(character)"
            }
        }
        return result
    }
}
