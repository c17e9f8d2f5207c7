import Foundation
import SystemPackage
import TestSupport
import Testing

struct ToolsCommandTests {
    @Test func theToolsAreShownWithTheirVersions() async throws {
        let result = try await Command.run(["tools"])
        #expect(result.code == 0)
        #expect(result.output.contains(/yt-dlp +20\d\d\.\d+\.\d+, \d+ days? old/))
    }

    /// With the real pip, in an environment of the test's own, from a folder in the place of PyPI.
    @Test func ytDlpIsRenewed() async throws {
        let folder = try TemporaryFolder()
        let index = folder.path.appending("index")
        let python = folder.path.appending("venv/bin/python3")
        try await Tool.run(Repository.python.string, ["-m", "venv", folder.path.appending("venv").string])
        let script = """
            import sys, zipfile, pathlib
            folder = pathlib.Path(sys.argv[1]); folder.mkdir()
            for name, version, extra in (("yt_dlp", sys.argv[2], "Provides-Extra: default\\nRequires-Dist: yt-dlp-ejs; extra == 'default'\\n"), ("yt_dlp_ejs", "1", ""), ("deno", "1", "")):
                with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
                    info = f"{name}-{version}.dist-info"
                    wheel.writestr(f"{name}/__init__.py", "")
                    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name.replace('_', '-')}\\nVersion: {version}\\n{extra}")
                    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
                    wheel.writestr(f"{info}/RECORD", f"{name}/__init__.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
            """
        func update(to version: String, in folder: String) async throws -> Command.Result {
            let links = index.appending(folder)
            try await Tool.run(Repository.python.string, ["-c", script, links.string, version])
            return try await Command.run(
                ["tools", "update", "--set", "tools.python=\(python.string)"],
                environment: ["PIP_NO_INDEX": "1", "PIP_FIND_LINKS": links.string])
        }
        try FileManager.default.createDirectory(atPath: index.string, withIntermediateDirectories: true)
        let first = try await update(to: "2026.1.1", in: "one")
        #expect(first.code == 0, "\(first.errors)")
        #expect(first.output.contains(/yt-dlp 2026.1.1, \d+ days old, before it was missing/))
        let second = try await update(to: "2026.2.1", in: "two")
        #expect(second.output.contains(/yt-dlp 2026.2.1, \d+ days old, before it was 2026.1.1/))
        let missing = try await Command.run(["tools", "update", "--set", "tools.python=/nonexistent/python3"])
        #expect(missing.code == 5)
        #expect(missing.errors.contains("Run scripts/setup"))
    }
}
