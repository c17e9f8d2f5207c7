import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Readers never see half a file, nor one that the schema does not allow.
@Suite(.serialized) struct SidecarTests {
    @Test func everyVersionValidatesAgainstTheSchema() async throws {
        let folder = try TemporaryFolder()
        let videos = try await TestVideoSite(in: folder)
        let site = videos.files
        let daemon = Daemon(
            spool: folder.path.appending("spool"), set: ["retry.delays=10", "retry.max=1", "tools.plugins=\(TestVideoSite.plugins)"])
        var flaky = LocalSite.Behaviour()
        flaky.status = 500
        site.serve(Data(), at: "flaky.mp4", flaky)
        let video = try FileSystem.read(try await Speech.video(Speech.library, times: 3, at: folder.path.appending("a.mp4")))
        var slow = LocalSite.Behaviour()
        slow.speed = video.count
        site.serve(video, at: "a.mp4", slow)
        try videos.say(videos.film(title: "One"), of: "one")
        try videos.say(list: "Some", [["id": "one", "title": "One"], ["id": "two", "title": "[Private video]"], nil], of: "some")
        try videos.serve((1...200).map { ["id": "c\($0)", "text": "words"] }, at: "spooltest/one/comments/1")
        try videos.serve([Any](), at: "spooltest/one/comments/2")
        try await daemon.start()
        try daemon.drop("{\"url\": \"\(videos.listURL("some"))\", \"include_comments\": true}", as: "some.json")
        try daemon.drop("\(site.url("a.mp4"))\n\(site.url("flaky.mp4"))\n\(site.url("gone.mp4"))\n", as: "list.txt")
        let jobs = try await daemon.receipt(for: "list.txt").jobs.map(\.jobID)

        var seen: Set<String> = []
        var states: Set<String> = []
        try await eventually("all jobs to end") {
            var ended = 0
            for path in try sidecarPaths(daemon.layout) {
                guard let data = try? FileSystem.read(path) else { continue }
                let sidecar = try SpoolJSON.decode(StatusSidecar.self, from: data)
                seen.insert(String(decoding: data, as: UTF8.self))
                states.insert(sidecar.status.rawValue)
                if sidecar.status.hasEnded { ended += 1 }
            }
            // The list has one item that is to be had.
            return ended == jobs.count + 2
        }
        #expect(states.isSuperset(of: ["downloading", "transcribing", "retrying", "completed", "failed"]))
        #expect(seen.count > 8)
        let lines = seen.compactMap { text in
            (try? JSONSerialization.jsonObject(with: Data(text.utf8))).flatMap { try? JSONSerialization.data(withJSONObject: $0) }
        }
        #expect(lines.count == seen.count)
        try folder.write(lines.reduce(into: Data()) { $0.append($1 + Data("\n".utf8)) }, to: "seen.jsonl")
        let script = """
            import json, sys, jsonschema
            schema = json.load(open(sys.argv[1]))
            jsonschema.Draft202012Validator.check_schema(schema)
            validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
            for line in open(sys.argv[2]):
                validator.validate(json.loads(line))
            """
        try await Tool.run(
            Repository.python.string,
            ["-c", script, Repository.root.appending("docs/status.schema.json").string, folder.path.appending("seen.jsonl").string])
    }

    private func sidecarPaths(_ layout: SpoolLayout) throws -> [FilePath] {
        var paths: [FilePath] = []
        for state in JobState.allCases {
            let folder = layout.stageFolder(state)
            let parents = state.hasEnded ? try FileSystem.list(folder).map { folder.appending($0) } : [folder]
            for parent in parents { paths += try FileSystem.list(parent).map { parent.appending($0).appending(SpoolLayout.sidecarName) } }
        }
        return paths
    }
}
