import ArgumentParser
import Pipeline
import SpoolFiles
import SystemPackage

/// Not for people: the daemon starts itself with this to open media in a child with limits.
struct MediaChildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "internal-media", shouldDisplay: false)

    @Option var work: String
    @Option var memory: Int64
    @Option var cpuBase: Double
    @Option var cpuPerSecond: Double
    @Option var fileSize: UInt64
    @Option var folder: String
    @Option var channels: String
    @Option var language: String?
    @Argument var source: String

    func run() throws {
        guard let work = MediaChild.Work(rawValue: work) else { throw ValidationError("unknown work") }
        var limits = PipelineSettings.Extraction()
        limits.memory = memory
        limits.cpuBase = cpuBase
        limits.cpuPerSecond = cpuPerSecond
        let sound = MediaChild.SoundWish(channels: JobSpec.Channels(rawValue: channels) ?? .mix, language: language)
        let code = MediaChild.run(
            work, source: FilePath(source), folder: FilePath(folder), limits: limits, fileSize: fileSize, sound: sound)
        throw ExitCode(code)
    }
}
