import Foundation
import SystemPackage

/// Recordings in which flite says what it is told.
public enum Speech {
    public static let library = "The library opens at nine in the morning and closes at six in the evening."
    public static let garden = "Visitors should bring their own bags, because the shop has none left."

    /// About eighty seconds.
    public static let story = [
        "The old bridge over the river was closed last winter, after a storm had damaged two of its arches.",
        "Since then people from the village have walked along the road, which takes them half an hour longer.",
        "Some of them have complained to the mayor, who promised that the work would begin in spring.",
        "Spring came and went, and nothing happened, because the money had been spent on a new roof for the school.",
        "Last week a group of students built a small ferry from barrels and planks.",
        "It carries six people at a time, and the children love it more than the bridge.",
        "The police were asked whether this was allowed, but nobody could find a rule against it.",
        "Now the baker sells fresh bread at the landing, and visitors come from the city to see it.",
        "The mayor says that he had always believed in the spirit of the village.",
        "The students say that they would still like to have a bridge.",
        "In the evening, when the sun goes down, musicians play on both sides of the water.",
        "Nobody knows how long the ferry will last, but everybody agrees that it was a good summer.",
    ].joined(separator: " ")

    /// A WAV file with the text spoken once or more often.
    @discardableResult
    public static func wav(_ text: String, times: Int = 1, at path: FilePath) async throws -> FilePath {
        let all = Array(repeating: text, count: times).joined(separator: " ")
        try await Tool.run("flite", ["-voice", "slt", "-t", all, path.string])
        return path
    }

    /// A video: a test picture with the speech as its sound, in the container of the name's extension.
    @discardableResult
    public static func video(_ text: String, times: Int = 1, at path: FilePath) async throws -> FilePath {
        let sound = FilePath("\(path.string).wav")
        try await wav(text, times: times, at: sound)
        defer { try? FileManager.default.removeItem(atPath: sound.string) }
        let codecs =
            path.extension == "webm" ? ["-c:v", "libvpx", "-c:a", "libopus"] : ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]
        try await Tool.run(
            "ffmpeg",
            [
                "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=10", "-i", sound.string, "-shortest", "-pix_fmt",
                "yuv420p",
            ]
                + codecs + [path.string])
        return path
    }
}

/// How far a transcript is from what was said.
public enum WordErrorRate {
    /// Wrong, missing and added words for each word that was said; numbers count the same in words and digits.
    public static func of(_ heard: String, against said: String) -> Double {
        let reference = words(said)
        let hypothesis = words(heard)
        var previous = Array(0...hypothesis.count)
        for (row, word) in reference.enumerated() {
            var current = [row + 1]
            for (column, other) in hypothesis.enumerated() {
                current.append(min(previous[column] + (word == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return Double(previous[hypothesis.count]) / Double(max(reference.count, 1))
    }

    private static let digits = ["6": "six", "9": "nine"]

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" }.map { digits[String($0)] ?? String($0) }
    }
}
