import CLinux
import FoundationEssentials
import SpoolFiles
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// The body of the child process that opens media: limits first, then the work, then the answer on standard output.
public enum MediaChild {
    /// What the parent asks of the child.
    public enum Work: String, Sendable, CaseIterable { case sound, still }

    /// Which sound is wanted of a recording.
    public struct SoundWish: Sendable, Hashable {
        public var channels: JobSpec.Channels
        /// An ISO 639 code: of several tracks the one in this language is taken.
        public var language: String?

        public init(channels: JobSpec.Channels = .mix, language: String? = nil) {
            self.channels = channels
            self.language = language
        }
    }

    /// Runs and returns the exit code: 0 if an answer was written, whatever it says.
    /// - Parameters:
    ///   - limits: on address space and processor time.
    ///   - fileSize: bytes that one written file may have.
    ///   - sound: which sound is wanted of the recording.
    public static func run(
        _ work: Work, source: FilePath, folder: FilePath, limits: PipelineSettings.Extraction, fileSize: UInt64, sound: SoundWish
    ) -> Int32 {
        _ = linux_die_with_parent()
        // Without Landlock the other limits must do; doctor tells.
        guard linux_limit_memory(UInt64(limits.memory)) == 0, linux_limit_file_size(fileSize) == 0,
            linux_limit_cpu_seconds(UInt64(limits.cpuBase)) == 0,
            linux_confine(folder.string, nil) >= 0
        else {
            write(
                .failure(Failure(.local, "confinement", "the child that opens media could not be confined", hint: "See spoolscribe doctor"))
            )
            return 0
        }
        do {
            switch work {
            case .sound: try SoundExtraction(source: source, folder: folder, limits: limits, wish: sound, report: write).run()
            case .still:
                let made = try StillImage(source: source, target: folder.appending("thumbnail.jpg")).run()
                write(made ? .still : .failure(Failure(.permanent, "no_picture", "the recording has no picture")))
            }
        } catch let error as MediaError {
            write(.failure(error.failure))
        } catch let error as Failure {
            write(.failure(error))
        } catch let error as SpoolError {
            write(.failure(.local(writing: error.path, error.errno)))
        } catch {
            write(.failure(.local(writing: folder, error as? Errno)))
        }
        return 0
    }

    private static func write(_ report: MediaReport) {
        let line = SpoolJSON.line(report)
        line.withUnsafeBytes { bytes in _ = try? FileDescriptor.standardOutput.writeAll(bytes) }
    }
}
