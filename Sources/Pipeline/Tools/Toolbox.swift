import Foundation
import SystemPackage

/// Where the programs are that the pipeline starts.
public struct Toolbox: Sendable {
    /// The Python of the virtual environment with faster-whisper and yt-dlp.
    public var python: FilePath
    /// This executable: it starts itself to open media in a child.
    public var executable: FilePath
    /// A folder with yt-dlp plugins, `<name>/yt_dlp_plugins/…`; none are loaded without it.
    public var plugins: FilePath?

    public init(python: FilePath, executable: FilePath) {
        self.python = python
        self.executable = executable
    }

    /// The recogniser around faster-whisper.
    public static var whisperWorker: FilePath { resource("whisper_worker.py") }
    /// The launcher that keeps yt-dlp from private addresses.
    public static var ytDlpLauncher: FilePath { resource("ytdlp_launcher.py") }

    static func resource(_ name: String) -> FilePath {
        FilePath(Bundle.module.bundlePath).appending("Resources").appending(name)
    }
}
