import Foundation
import Jobs
import SystemPackage
import TestSupport
import Testing

@testable import Report
@testable import SpoolFiles

/// Where jobs and drops stand, for people.
extension SiteBuilderTests {
    @Test func whatAKilledDaemonWorkedOnIsInterruptedUntilAnotherTakesItUp() async throws {
        try await insert(150)
        let job = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job
        let sidecar = layout.job(job.id, in: .downloading, endedOn: nil).appending(SpoolLayout.sidecarName)
        try FileSystem.makeFolder(sidecar.removingLastComponent())
        let details = try #require(try await store.details(of: job.id))
        try AtomicFile.write(
            SpoolJSON.data(details.sidecar(work: .init(unit: "bytes", done: 3, total: 10, speed: nil, eta: nil))), to: sidecar)
        try await builder.build()
        #expect(try page("jobs/\(job.id).html").contains(">Downloading</span>"))
        #expect(try page("index.html").contains("Downloading: "))

        let before = try inodes()
        try await builder.build(isStopped: true)
        let text = try page("jobs/\(job.id).html")
        #expect(text.contains("data-label=\"Interrupted while downloading\">Interrupted while downloading</span>"))
        #expect(text.contains("No daemon is running. The job goes on") && text.contains("<td role=\"cell\">interrupted"))
        #expect(!text.contains("<dt>Took</dt>"))
        #expect(try page("index.html").contains("Interrupted while downloading ·"), "how far it was is not known any more")
        #expect(try page("jobs-running.html").contains(">Interrupted while downloading"))
        let changed = Set(try inodes().filter { before[$0.key] != $0.value }.keys)
        let lists = Set(["jobs-running.html", try listed(job)])
        #expect(changed.subtracting(["index.html", "paused.html"]) == lists.union(["jobs/\(job.id).html"]))

        try await builder.build()
        #expect(try page("jobs/\(job.id).html").contains(">Downloading</span>"))
        #expect(try page("jobs-running.html").contains(">Downloading "))
    }

    /// The page of the list of all jobs that has it.
    private func listed(_ job: Job) throws -> String {
        let names = try FileSystem.list(layout.report).map(\.string).filter { $0 == "jobs.html" || $0.hasPrefix("jobs-from-") }
        return try #require(try names.first { $0.hasSuffix(".html") ? try page($0).contains("jobs/\(job.id).html") : false })
    }

    @Test func whatADaemonPutsBackWhenItStopsStandsInLine() async throws {
        try await insert(1)
        let job = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job
        try await store.apply(.interrupt, to: job.id, from: .downloading)
        for isStopped in [true, false] {
            try await builder.build(isStopped: isStopped)
            for name in ["jobs/\(job.id).html", "jobs.html", "index.html", "status.json", "jobs.js", "jobs.json"] {
                #expect(try page(name).contains("In line for downloading"), "\(name)")
            }
            #expect(
                try page("jobs/\(job.id).html").contains("interrupted when the daemon stopped, and goes on from there when it is its turn"))
        }
    }

    @Test func aJobThatRestsSaysForWhatAndUntilWhen() async throws {
        try await insert(1)
        let job = try #require(try await store.claim(.network, limit: 1, owner: "me").started.first).job
        let until = Timestamp.now().adding(seconds: 7200)
        let failure = Failure(.blocked, "too_many_requests", "the server <asks> to be left alone")
        try await store.apply(.postpone(failure, until: until), to: job.id, from: .downloading)
        try await builder.build()
        let text = try page("jobs/\(job.id).html")
        #expect(text.contains("What it waits for</h2>") && text.contains("Goes on by itself at \(PeopleFormat.moment(until))."))
        #expect(text.contains("<div class=\"notice\">") && !text.contains("What went wrong"))
        let rest = "the server &lt;asks&gt; to be left alone; goes on at \(PeopleFormat.moment(until))"
        for name in ["jobs.html", "jobs-waiting.html"] {
            #expect(try page(name).contains("<span class=\"meta below\" dir=\"auto\">\(rest)</span>"), "\(name)")
        }
        #expect(try page("index.html").contains(" · goes on at \(PeopleFormat.moment(until))"))
    }

    @Test func theFirstThingsThatWereRefusedOfADropAreTold() async throws {
        let receipt = Receipt(
            drop: "links.txt", dropID: "d", folder: .incoming, at: .now(), userID: "ann", jobs: [],
            refused: (1...7).map {
                .init(line: $0, text: "line \($0)", reason: "wrong <\($0)>", hint: $0 < 3 ? "Mend it" : "Mend line \($0)")
            })
        try FileSystem.makeFolder(layout.rejected(.incoming))
        try AtomicFile.write(SpoolJSON.data(receipt), to: layout.rejected(.incoming).appending("links.txt.reason.json"))
        try await builder.build()
        let text = try page("index.html")
        for number in 1...5 { #expect(text.contains("wrong &lt;\(number)&gt;")) }
        #expect(!text.contains("wrong &lt;6&gt;") && text.contains("and 2 more in rejected/incoming/links.txt.reason.json"))
        #expect(text.components(separatedBy: "Mend it").count == 2, "advice is not told twice in a row")
        #expect(text.contains("Mend line 3"))
    }

    @Test(arguments: [
        (["machine"], "whisper 1, m"),
        (["ann", "machine"], "whisper 1, m, corrected by ann"),
        (["bob", "ann", "bob", "machine"], "whisper 1, m, corrected by ann, bob"),
        (["", "machine"], "whisper 1, m, corrected by a person"),
        // What it was made from is gone.
        (["ann"], "corrected by ann"),
        (["circle", "circle"], "corrected by circle"),
    ])
    func aCorrectedTranscriptNamesWhatWasCorrected(makers: [String], words: String) {
        let versions = makers.enumerated().map { number, maker in
            var provenance = Transcript.Provenance(
                engine: maker == "machine" ? "whisper" : Transcript.Provenance.human, engineVersion: "1", model: "m", task: "transcribe",
                jobID: "v\(number)", createdAt: .now())
            provenance.author = maker.isEmpty ? nil : maker
            provenance.basedOn = maker == "circle" ? "v\(1 - number)" : "v\(number + 1)"
            return TranscriptVersions.Version(
                isCurrent: number == 0,
                transcript: Transcript(
                    language: "en", languageProbability: nil, duration: 1, speechDuration: 1, segments: [], flags: [],
                    provenance: provenance))
        }
        #expect(VideoPage.maker(of: versions[0].transcript, versions) == words)
    }
}
