import Jobs
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// What is known of videos, found by words and by what they have to do with one another.
struct CatalogueStoreTests {
    private let folder: TemporaryFolder
    private let store: SQLiteJobStore

    init() async throws {
        folder = try TemporaryFolder()
        store = try SQLiteJobStore(path: folder.path.appending("jobs.sqlite").string)
    }

    /// A video with a channel, a tag and a link.
    private func add(
        _ id: String, _ title: String, tag: String, link: String? = nil, address: String? = nil, day: String = "2026-11-25",
        said: [String] = []
    ) async throws {
        try await store.publish(VideoRecord(id: id, addressID: address, jobID: id, title: title, userID: "ann", createdAt: .now()))
        var relations = Relations(videoID: id)
        relations.nodes.append(.init(.video, key: id, label: title))
        relations.add(.init(.channel, key: "a/library", label: "Library"), .published, isFromVideo: false)
        relations.add(.init(.tag, key: tag, label: tag), .hasTag)
        if let link { relations.add(.init(.link, key: link, label: "https://example.org/\(link)"), .linksTo) }
        try await store.catalogue(
            CatalogueEntry(
                videoID: id, addressID: address, title: title, description: "All about \(title).", day: day,
                chapters: [.init(start: 12.5, end: 20, title: "Café \(tag)")],
                segments: said.enumerated().map { .init(start: Double($0) * 5, text: $1) },
                relations: relations))
    }

    @Test func wordsAreFoundInAnyFormAndWithoutAccents() async throws {
        try await add("a-1", "Opening hours", tag: "bridge")
        try await store.add([Comment(commentID: "c1", text: "When do the libraries open \"today\"?")], ofVideo: "a-1")
        let hours = try await store.search("hour opened", in: .init(), limit: 10)
        #expect(Set(hours.map(\.kind)) == [.title, .description])
        #expect(hours[0].snippet.contains("\u{2068}Opening\u{2069} \u{2068}hours\u{2069}"))
        let chapter = try #require(try await store.search("cafe", in: .init(), limit: 10).first)
        #expect(chapter.kind == .chapter && chapter.start == 12.5 && chapter.title == "Opening hours")
        #expect(try await store.search("library", in: .init(), limit: 10).map(\.reference) == ["c1"])
        for phrase in ["\"hours opening\"", "“hours opening”", "„hours opening“", "«hours opening»"] {
            #expect(try await store.search(phrase, in: .init(), limit: 10).isEmpty)
        }
        for odd in ["\"", "AND", "a*", "(", "text:hours NEAR", "'; DROP TABLE videos", "  ", "a\"\u{301}b", "“a"] {
            _ = try await store.search(odd, in: .init(), limit: 10)
        }
    }

    @Test func whatIsSaidIsFoundAtItsSecond() async throws {
        try await add(
            "a-1", "One", tag: "bridge", day: "2026-01-10", said: ["The old bridge was closed.", "People walked along the road."])
        try await add("a-2", "Two", tag: "ferry", day: "2026-03-10", said: ["Der Fluß führte Hochwasser.", "昨天下午市议会讨论了新的图书馆"])
        let hit = try #require(try await store.search("walking roads", in: .init(), limit: 10).first)
        #expect(hit.kind == .segment && hit.start == 5 && hit.videoID == "a-1")
        #expect(hit.snippet == "People \u{2068}walked\u{2069} along the \u{2068}road\u{2069}.")
        #expect(try await store.search("fuhrte", in: .init(), limit: 10).count == 1)
        let chinese = try #require(try await store.search("图书馆", in: .init(), limit: 10).first)
        #expect(chinese.snippet == "昨天下午市议会讨论了新的\u{2068}图书馆\u{2069}" && chinese.start == 5)
        #expect(try await store.search("图馆", in: .init(), limit: 10).isEmpty)
        // Said again without it.
        try await add("a-1", "One", tag: "bridge", said: ["Nothing of that kind."])
        #expect(try await store.search("walking roads", in: .init(), limit: 10).isEmpty)
    }

    @Test func aFilterChoosesVideos() async throws {
        try await add("a-1", "One", tag: "bridge", day: "2026-01-10", said: ["water"])
        try await add("a-2", "Two", tag: "ferry", day: "2026-03-10", said: ["water", "more water"])
        func videos(_ set: (inout SearchFilter) -> Void) async throws -> [String] {
            var filter = SearchFilter()
            set(&filter)
            return try await store.search("water", in: filter, limit: 10).map(\.videoID)
        }
        #expect(try await videos { $0.tag = "Ferry" } == ["a-2", "a-2"])
        #expect(try await videos { $0.since = "2026-03-10" } == ["a-2", "a-2"])
        #expect(try await videos { $0.channel = "library" }.count == 3)
        #expect(try await videos { $0.channel = "a/library" }.count == 3)
        #expect(try await videos { $0.channel = "nobody" }.isEmpty)
        #expect(try await videos { $0.kinds = [.title] }.isEmpty)
    }

    @Test func theFewVideosOfAFilterAreFoundAmongMany() async throws {
        for number in 0..<20 {
            try await store.publish(
                VideoRecord(id: "v-\(number)", addressID: nil, jobID: "j", title: "Talk \(number)", userID: "ann", createdAt: .now()))
            var relations = Relations(videoID: "v-\(number)")
            relations.add(
                .init(.channel, key: "youtube/UC\(number)", label: number == 7 ? "ÖSTERREICH" : "Channel \(number)"), .published,
                isFromVideo: false)
            try await store.catalogue(
                CatalogueEntry(
                    videoID: "v-\(number)", addressID: nil, title: "Talk about water \(number)", description: nil, day: "2026-11-25",
                    chapters: [], segments: [.init(start: 1, text: "Water here"), .init(start: 5, text: "and there")], relations: relations)
            )
        }
        // Its comments lie behind those of all others.
        try await store.add([Comment(commentID: "c", text: "so much water")], ofVideo: "v-7")
        for channel in ["österreich", "UC7", "youtube/UC7"] {
            var filter = SearchFilter()
            filter.channel = channel
            let hits = try await store.search("water", in: filter, limit: 10)
            #expect(Set(hits.map(\.videoID)) == ["v-7"] && Set(hits.map(\.kind)) == [.title, .segment, .comment], "\(channel)")
            filter.kinds = [.comment]
            #expect(try await store.search("water", in: filter, limit: 10).map(\.reference) == ["c"])
        }
    }

    @Test func marksOfHitsCannotBeForged() async throws {
        try await add("a-1", "One", tag: "bridge", said: ["the \u{2068}false\u{2069} water"])
        #expect(try await store.search("water", in: .init(), limit: 10).map(\.snippet) == ["the false \u{2068}water\u{2069}"])
    }

    @Test func manyHitsInTheTrashHideNoneOutsideIt() async throws {
        try await add("a-1", "One", tag: "bridge", said: Array(repeating: "water", count: 5100))
        try await add("a-2", "Two", tag: "ferry", said: ["there is still some water in the river"])
        try await store.putInTrash(videoID: "a-1", by: "ann")
        #expect(try await store.search("water", in: .init(), limit: 10).map(\.videoID) == ["a-2"])
    }

    @Test func whatIsRecordedAgainReplacesWhatWasKnown() async throws {
        try await add("a-1", "Opening hours", tag: "bridge")
        try await add("a-1", "Closing time", tag: "ferry")
        #expect(try await store.search("opening", in: .init(), limit: 10).isEmpty)
        #expect(try await store.search("closing", in: .init(), limit: 10).count == 2)
        let labels = try await store.graph(around: "video:a-1", depth: 1, kinds: [], limit: 10).places.map(\.node.label)
        #expect(labels == ["Closing time", "Library", "ferry"])
        try await store.add([Comment(commentID: "c1", text: "one")], ofVideo: "a-1")
        try await store.add([Comment(commentID: "c1", text: "twice"), Comment(commentID: "c2", text: "two")], ofVideo: "a-1")
        #expect(try await store.comments(ofVideo: "a-1", limit: 10, offset: 0).map(\.text) == ["one", "two"])
        #expect(try await store.search("twice", in: .init(), limit: 10).isEmpty)
    }

    @Test func theGraphIsWalkedBothWays() async throws {
        try await add("a-1", "One", tag: "bridge", link: "web-2")
        try await add("a-2", "Two", tag: "ferry", address: "web-2")
        try await add("a-3", "Three", tag: "ferry", link: "web-2")
        func walk(_ depth: Int, _ kinds: [Relations.Kind] = []) async throws -> [String: Int] {
            let graph = try await store.graph(around: "video:a-1", depth: depth, kinds: kinds, limit: 100)
            return Dictionary(uniqueKeysWithValues: graph.places.map { ($0.node.id, $0.depth) })
        }
        // The link to the address of a video that came later leads to that video.
        #expect(try await walk(1) == ["video:a-1": 0, "channel:a/library": 1, "tag:bridge": 1, "video:a-2": 1])
        let two = try await walk(2)
        #expect(two["tag:ferry"] == 2 && two["video:a-3"] == 2)
        #expect(try await walk(5, [.video]) == ["video:a-1": 0, "video:a-2": 1, "video:a-3": 2])
        let cut = try await store.graph(around: "video:a-1", depth: 5, kinds: [], limit: 2)
        #expect(cut.isCut && cut.places.count == 2)
    }

    @Test func theTrashHidesAndRemovalTakesAway() async throws {
        try await add("a-1", "One", tag: "bridge")
        try await add("a-2", "Two", tag: "bridge")
        try await store.add([Comment(commentID: "c1", text: "hello")], ofVideo: "a-1")
        try await store.putInTrash(videoID: "a-1", by: "ann")
        #expect(try await store.search("one", in: .init(), limit: 10).isEmpty)
        #expect(try await store.search("hello", in: .init(), limit: 10).isEmpty)
        #expect(
            try await store.graph(around: "video:a-2", depth: 3, kinds: [], limit: 10).places.map(\.node.id) == [
                "video:a-2", "channel:a/library", "tag:bridge",
            ])
        #expect(try await !store.graphNodes(after: "", limit: 10).map(\.id).contains("video:a-1"))
        #expect(try await store.graphEdges(after: nil, limit: 10).edges.count == 2)
        let (first, place) = try await store.graphEdges(after: nil, limit: 1)
        #expect(try await store.graphEdges(after: place, limit: 10).edges.count == 1 && first.count == 1)
        #expect(try await store.graph(around: "video:a-1", depth: 1, kinds: [], limit: 10).places.isEmpty)
        try await store.takeOutOfTrash(videoID: "a-1")
        #expect(try await store.search("hello", in: .init(), limit: 10).count == 1)
        let removal = try await store.begin(Removal(subject: "a-1", isVideo: true, requestedBy: "ann", requestedAt: .now()))
        for step in removal.remaining { try await store.note(step, doneIn: removal) }
        #expect(try await store.search("one", in: .init(), limit: 10).isEmpty)
        #expect(try await store.comments(ofVideo: "a-1", limit: 10, offset: 0).isEmpty)
        #expect(try await store.graphNodes(after: "", limit: 10).map(\.id) == ["channel:a/library", "tag:bridge", "video:a-2"])
    }

    /// A dropped recording has nothing to do with anything.
    @Test func aVideoWithoutRelationsIsForgottenToo() async throws {
        try await store.publish(VideoRecord(id: "file-1", addressID: nil, jobID: "j", title: "Secret", userID: "ann", createdAt: .now()))
        var relations = Relations(videoID: "file-1")
        relations.nodes.append(.init(.video, key: "file-1", label: "Secret"))
        try await store.catalogue(
            CatalogueEntry(
                videoID: "file-1", addressID: nil, title: "Secret", description: nil, day: "2026-11-25", chapters: [], segments: [],
                relations: relations))
        try await add("a-2", "Two", tag: "ferry")
        let removal = try await store.begin(Removal(subject: "file-1", isVideo: true, requestedBy: "ann", requestedAt: .now()))
        for step in removal.remaining { try await store.note(step, doneIn: removal) }
        #expect(try await !store.graphNodes(after: "", limit: 10).map(\.label).contains("Secret"))
    }

    @Test func othersLinksNeitherNameAVideoNorTakeItAway() async throws {
        try await add("a-1", "One", tag: "bridge")
        var relations = Relations(videoID: "a-2")
        relations.add(.init(.video, key: "a-1", label: "https://a.example/1", url: "https://a.example/1"), .linksTo)
        let entry = CatalogueEntry(
            videoID: "a-2", addressID: nil, title: "Two", description: nil, day: "2026-11-25", chapters: [], segments: [],
            relations: relations)
        try await store.catalogue(entry)
        try await store.catalogue(entry)
        func label() async throws -> String? { try await store.graphNodes(after: "", limit: 10).first { $0.id == "video:a-1" }?.label }
        #expect(try await label() == "One")
        try await add("a-1", "One, edited", tag: "bridge")
        #expect(try await label() == "One, edited")
        let removal = try await store.begin(Removal(subject: "a-1", isVideo: true, requestedBy: "ann", requestedAt: .now()))
        for step in removal.remaining { try await store.note(step, doneIn: removal) }
        #expect(try await label() == "https://a.example/1")
    }
}
