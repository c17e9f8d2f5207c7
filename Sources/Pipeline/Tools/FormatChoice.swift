/// Which of a site's formats is fetched.
public struct FormatChoice: Sendable, Hashable {
    /// In yt-dlp's own words.
    let selection: String

    /// The best picture and sound that there are.
    public static let best = FormatChoice(selection: "bestvideo*+bestaudio/best")
    /// The sound alone, or what comes with the smallest picture where it cannot be had by itself.
    public static let audio = FormatChoice(selection: "bestaudio/worst[acodec!=none]/worst")

    private init(selection: String) { self.selection = selection }

    /// - Parameter text: `best`, `audio`, `height<=720`, or anything that yt-dlp understands.
    public init(_ text: String) {
        if text == "best" {
            self = .best
        } else if text == "audio" {
            self = .audio
        } else if text.hasPrefix("height<="), let height = Int(text.dropFirst("height<=".count)) {
            // Where nothing is so small, the smallest.
            self.init(
                selection:
                    "bestvideo*[height<=?\(height)]+bestaudio/best[height<=?\(height)]/worstvideo*+bestaudio/worst")
        } else {
            self.init(selection: text)
        }
    }
}
