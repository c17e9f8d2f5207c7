import CFFmpeg
import SpoolFiles
import SystemPackage

/// Writes the two channels of a recording as sounds of their own, `speech-1.wav` and `speech-2.wav`.
final class ChannelSplit {
    private let files: JobFiles
    private let writers: [SpeechWriter]
    /// Sums of squares, of the difference and of both channels.
    private var difference = 0.0
    private var energy = 0.0

    /// The share of the energy in which two channels must differ to be two microphones.
    private static let leastDifference = 0.01

    init(files: JobFiles) throws {
        self.files = files
        writers = try JobFiles.channelNumbers.map { try SpeechWriter(Self.part(files.speech(channel: $0)), channel: $0 - 1) }
    }

    private static func part(_ path: FilePath) -> FilePath { FilePath("\(path.string).part") }

    func add(_ frame: UnsafeMutablePointer<AVFrame>) throws {
        for writer in writers { try writer.add(frame) }
        for (one, other) in zip(writers[0].latest, writers[1].latest) {
            let (one, other) = (Double(one), Double(other))
            difference += (one - other) * (one - other)
            energy += one * one + other * other
        }
    }

    /// Puts the files in their places, unless both channels hold the same.
    func finish(_ warnings: inout [String]) throws {
        for writer in writers { try writer.finish() }
        let isOne = difference <= Self.leastDifference * energy
        if isOne { warnings.append("both channels hold the same sound, so that speakers cannot be told apart: it is heard as one") }
        for number in JobFiles.channelNumbers {
            let target = files.speech(channel: number)
            if isOne { try FileSystem.remove(Self.part(target)) } else { try FileSystem.move(Self.part(target), to: target) }
        }
    }
}
