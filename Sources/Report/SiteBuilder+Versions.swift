import Logging
import SpoolFiles
import SystemPackage

extension SiteBuilder {
    /// A page for each version of a transcript besides the current one.
    func buildVersions(_ frame: PageFrame) async throws {
        var stale: [StaleFiles] = []
        for card in cards.values {
            for version in card.versions {
                let path = VersionPage.path(card.id, version: version)
                let source = SourceDigest.quick(path, card.modified, 0)
                guard publisher.needs(path, from: source) else { continue }
                stale.append(
                    StaleFiles(source: source) { [self] in
                        var context: PageContext
                        do {
                            let bundle = try BundleReader(layout.bundle(card.id))
                            let other = try Transcript.readWithoutWords(at: bundle.path.appending(TranscriptVersions.path(version)))
                            context = try VersionPage(bundle: bundle, id: version, other: other).context(templates)
                        } catch {
                            logger.warning("a version cannot be shown: \(error)", metadata: ["video": "\(card.id)"])
                            context = [
                                "title": PeopleFormat.short(card.title), "video_href": "../\(PageLink.path(VideoPage.path(card.id)))",
                            ]
                            context["trouble"] = "This version cannot be read: \(error)"
                        }
                        context["page"] = frame.context(card.title, "video", root: "../")
                        return [(path, try templates.render(.version, context))]
                    })
            }
        }
        if !stale.isEmpty { try publisher.makeFolder(of: VersionPage.path("", version: "")) }
        try await make(stale)
    }
}
