import SpoolFiles
import SystemPackage

/// One sound that is heard by itself: the whole recording, or one of its channels.
struct SpeechTrack: Sendable {
    /// 16 kHz, one channel, 16 bits.
    let audio: FilePath
    let parts: PartsFile
    /// The label of who speaks in it, where that is one person's channel.
    let speaker: String?

    /// The tracks that the extraction left, in the order of their channels.
    static func all(in files: JobFiles) -> [SpeechTrack] {
        let channels = JobFiles.channelNumbers.filter { FileSystem.exists(files.speech(channel: $0)) }
        if channels.isEmpty { return [SpeechTrack(audio: files.speech, parts: PartsFile(path: files.parts), speaker: nil)] }
        return channels.map {
            SpeechTrack(audio: files.speech(channel: $0), parts: PartsFile(path: files.parts(channel: $0)), speaker: "Speaker \($0)")
        }
    }
}
