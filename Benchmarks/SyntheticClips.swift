import Foundation
import SpoolFiles
import SystemPackage

/// Clips whose words are known: flite says them, with noise, music under speech, pauses and two voices among them.
struct SyntheticClips {
    let place: FilePath

    struct Clip {
        let path: FilePath
        let text: String
        let seconds: Double
    }

    /// Twenty minutes: the kinds of short clips one after the other.
    func long() async throws -> Clip {
        try FileSystem.makeFolder(place)
        var clips: [Clip] = []
        while clips.reduce(0, { $0 + $1.seconds }) < 1200 { clips.append(try await clip(clips.count, sentences: 4)) }
        let list = place.appending("list.txt")
        try AtomicFile.write(Data(clips.map { "file '\($0.path.string)'\n" }.joined().utf8), to: list)
        let path = place.appending("long.wav")
        _ = try MeasuredProcess.run(
            "/usr/bin/ffmpeg", ["-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", list.string, "-c", "copy", path.string])
        return Clip(path: path, text: clips.map(\.text).joined(separator: " "), seconds: clips.reduce(0) { $0 + $1.seconds })
    }

    /// A clip three times over: an hour of the long one.
    func threefold(_ clip: Clip) throws -> Clip {
        let path = place.appending("hour.wav")
        _ = try MeasuredProcess.run(
            "/usr/bin/ffmpeg", ["-v", "error", "-y", "-stream_loop", "2", "-i", clip.path.string, "-c", "copy", path.string])
        return Clip(path: path, text: Array(repeating: clip.text, count: 3).joined(separator: " "), seconds: 3 * clip.seconds)
    }

    func short(_ count: Int) async throws -> [Clip] {
        try FileSystem.makeFolder(place)
        var clips: [Clip] = []
        for number in 0..<count { clips.append(try await clip(1000 + number, sentences: 1)) }
        return clips
    }

    private func clip(_ number: Int, sentences count: Int) async throws -> Clip {
        let sentences = SpokenSentences.all
        let said = (0..<count).map { sentences[(number * count + $0) % sentences.count] }
        let voice = number % 3 == 1 ? "rms" : "slt"
        let (plain, path) = (place.appending("plain.wav"), place.appending("clip-\(number).wav"))
        _ = try MeasuredProcess.run("/usr/bin/flite", ["-voice", voice, "-t", said.joined(separator: " "), plain.string])
        let filter =
            switch number % 4 {
            case 1: "anoisesrc=a=0.006:c=pink:r=16000:seed=\(number)[n];[0][n]amix=duration=first:normalize=0"
            case 2: "aevalsrc=0.02*sin(2*PI*220*t)*(1+sin(2*PI*2*t)):s=16000[m];[0][m]amix=duration=first:normalize=0"
            case 3: "[0]adelay=1500,apad=pad_dur=3"
            default: "[0]anull"
            }
        _ = try MeasuredProcess.run(
            "/usr/bin/ffmpeg",
            [
                "-v", "error", "-y", "-i", plain.string, "-filter_complex", "\(filter),aresample=16000", "-ac", "1", "-c:a", "pcm_s16le",
                path.string,
            ])
        let bytes = FileSystem.attributes(of: path)?.size ?? 0
        return Clip(path: path, text: said.joined(separator: " "), seconds: Double(bytes) / 32_000)
    }
}
