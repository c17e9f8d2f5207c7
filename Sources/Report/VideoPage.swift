import SpoolFiles

/// The context of a video's page.
package struct VideoPage {
    let bundle: BundleReader

    private var metadata: VideoMetadata { bundle.metadata }
    private var id: String { metadata.videoID }
    private var date: String { metadata.uploadDate ?? metadata.addedAt.day }

    package static func name(_ videoID: String) -> String { "\(videoID).html" }

    /// Relative to the site.
    static func path(_ videoID: String) -> String { "videos/\(name(videoID))" }

    /// Where the line that begins at so many seconds stands in the page.
    package static func anchor(_ seconds: Double) -> String { "t\(Int((seconds * 1000).rounded()))" }

    /// - Parameter hasJob: the job that made it has a page.
    /// - Throws: if the comments or the current transcript cannot be read.
    func context(_ templates: PageTemplates, hasJob: Bool) throws -> PageContext {
        let transcript = bundle.transcript
        let all = try bundle.versions()
        let (versions, maker) = (all.map(entry), Self.maker(of: transcript, all))
        var headings = bundle.chapters[...]
        var speaker: String?
        let lines = transcript.segments.map { segment -> PageContext in
            var line: PageContext = [
                "start": PeopleFormat.seconds(segment.start), "end": PeopleFormat.seconds(segment.end), "id": Self.anchor(segment.start),
                "label": PeopleFormat.clock(segment.start), "text": segment.text.trimmed,
            ]
            if let doubt = segment.flags.map(Self.doubt) { line["doubt"] = doubt }
            if let label = segment.speaker, label != speaker {
                line["speaker"] = metadata.speakers?[label] ?? label
                line["speaker_label"] = label
            }
            speaker = segment.speaker
            // The first line that is said in a chapter has its title above it.
            while let chapter = headings.first, chapter.start <= segment.start + 0.01 {
                line["chapter"] = chapter.title
                headings = headings.dropFirst()
            }
            return line
        }
        let downloads = VideoDownloads(bundle.manifest, link: link)
        var context: PageContext = [
            "lines": try templates.list(.line, lines), "video": video(maker), "has_lines": !transcript.segments.isEmpty,
            "no_speech": transcript.segments.isEmpty,
            "has_chapters": !bundle.chapters.isEmpty,
            "chapters": bundle.chapters.map { chapter -> PageContext in
                ["start": PeopleFormat.seconds(chapter.start), "label": PeopleFormat.clock(chapter.start), "title": chapter.title]
            },
            "json_ld": VideoObject(bundle, link: link).script, "downloads": downloads.main, "other_downloads": downloads.others,
            "versions": versions,
            "has_versions": !versions.isEmpty, "relations": relations, "cite": cite(maker),
            "warnings": (bundle.manifest.warnings ?? []).map { ["text": $0] as PageContext },
        ]
        if hasJob { context["job_href"] = "../jobs/\(JobPage.name(bundle.manifest.jobID))" }
        let comments = try bundle.comments(limit: CommentThreads.limit)
        if comments.count > 0 { context["comments"] = CommentThreads(comments.first, of: comments.count).context }
        if let media = bundle.media {
            let isVideo = media.path.hasPrefix("media/video.")
            var player: PageContext = ["is_video": isVideo, "is_audio": !isVideo, "src": link(media.path)]
            player["type"] = Self.mediaType(media.path, isVideo: isVideo)
            if let thumbnail = bundle.thumbnail { player["poster"] = link(thumbnail.path) }
            context["media"] = player
            context["captions_src"] = link("transcript.vtt")
            if !bundle.chapters.isEmpty { context["chapters_src"] = link(Chapters.trackName) }
        }
        return context
    }

    /// What made a transcript; of one that people corrected also what they had before them.
    static func maker(of transcript: Transcript, _ versions: [TranscriptVersions.Version]) -> String {
        var provenance = transcript.provenance
        var authors: [String] = []
        // Each version is looked at once, should they lead in a circle.
        for _ in versions where provenance.isByHuman {
            guard let base = versions.first(where: { $0.id == provenance.basedOn })?.transcript.provenance else { break }
            if let author = provenance.author, !authors.contains(author) { authors.insert(author, at: 0) }
            provenance = base
        }
        if transcript.provenance.isByHuman, !provenance.isByHuman {
            return "\(PeopleFormat.maker(provenance)), corrected by \(authors.isEmpty ? "a person" : authors.joined(separator: ", "))"
        }
        return PeopleFormat.maker(transcript.provenance)
    }

    private func video(_ maker: String) -> PageContext {
        let transcript = bundle.transcript
        var video: PageContext = [
            "title": metadata.title, "video_id": id, "duration": PeopleFormat.clock(metadata.media.duration),
            "date": metadata.uploadDate == nil ? "added \(PeopleFormat.date(date))" : PeopleFormat.date(date),
            "language": transcript.language, "language_code": transcript.language,
            "engine": maker, "added": PeopleFormat.moment(metadata.addedAt),
            "tags": metadata.tags.map { ["title": $0, "href": "../\(PageLink.path(VideoLists.tagPath($0))).html"] as PageContext },
            "description_paragraphs": Self.paragraphs(metadata.description ?? ""),
        ]
        if let gone = metadata.sourceGone { video["source_gone"] = "\(gone.reason), found on \(PeopleFormat.date(gone.at.day))" }
        video["license"] = metadata.license
        if let quality = transcript.quality, !transcript.segments.isEmpty {
            var shown: PageContext = ["score": PeopleFormat.percent(quality.score)]
            if !quality.reasons.isEmpty { shown["reasons"] = quality.reasons.joined(separator: "; ") }
            shown["hint"] = quality.hint
            video["quality"] = shown
        }
        video["user"] = metadata.userID
        video["counts"] = counts
        video["has_tags"] = !metadata.tags.isEmpty
        if let channel = metadata.channel {
            video["channel"] = channel
            video["channel_href"] = "../\(PageLink.path(VideoLists.channelPath(channel, id: metadata.channelID))).html"
        }
        video["channel_url"] = PageLink.web(metadata.channelURL)
        video["source_url"] = PageLink.web(metadata.url)
        video["confidence"] = transcript.languageProbability.map(PeopleFormat.percent)
        return video
    }

    /// Lines that no empty one parts.
    private static func paragraphs(_ text: String) -> [String] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .split { $0.trimmed.isEmpty }
            .map { $0.joined(separator: "\n") }
    }

    /// "1,234 views, 56 likes" at the time it was fetched.
    private var counts: String? {
        let counts = [(metadata.viewCount, "view"), (metadata.likeCount, "like"), (metadata.commentCount, "comment")].compactMap {
            number, name in number.map { "\(PeopleFormat.count($0)) \(name)\($0 == 1 ? "" : "s")" }
        }
        return counts.isEmpty ? nil : counts.joined(separator: ", ")
    }

    /// What else it has to do with: of each kind the first few, as far as the page does not tell them anyway.
    private var relations: [PageContext] {
        let nodes = Dictionary(bundle.relations?.nodes.map { ($0.id, $0) } ?? []) { first, _ in first }
        let video = "\(Relations.Kind.video.rawValue):\(id)"
        return Self.relationLabels.compactMap { verb, label in
            let others = (bundle.relations?.edges ?? []).filter { $0.verb == verb }.compactMap { nodes[$0.from == video ? $0.to : $0.from] }
            if others.isEmpty { return nil }
            let rest = others.count - Self.relationsShown
            var relation: PageContext = [
                "label": label,
                "entries": others.prefix(Self.relationsShown).map { node -> PageContext in
                    var entry: PageContext = ["name": PeopleFormat.short(node.label)]
                    entry["address"] = PageLink.web(node.url)
                    return entry
                },
            ]
            if rest > 0 { relation["rest"] = "and \(PeopleFormat.count(rest)) more" }
            return relation
        }
    }

    private static let relationsShown = 10
    private static let relationLabels: [(Relations.Verb, String)] = [
        (.inPlaylist, "In the list"), (.partOf, "Part of"), (.inCategory, "Category"), (.linksTo, "Leads to"),
        (.commentedOn, "Comments by"),
    ]

    /// In the list of versions, where there is more than one.
    private func entry(_ version: TranscriptVersions.Version) -> PageContext {
        let provenance = version.transcript.provenance
        var entry: PageContext = [
            "id": version.id, "made": PeopleFormat.moment(provenance.createdAt), "maker": PeopleFormat.maker(provenance),
            "current": version.isCurrent,
            "href": link(version.isCurrent ? Transcript.name : TranscriptVersions.path(version.id)),
        ]
        if !version.isCurrent { entry["beside"] = "../\(PageLink.path(VersionPage.path(id, version: version.id)))" }
        entry["score"] = version.transcript.quality.map { PeopleFormat.percent($0.score) }
        return entry
    }

    /// Why a line is doubtful, for people.
    private static func doubt(_ flags: [Transcript.Flag]) -> String {
        flags.map { flag in
            switch flag {
            case .repeated: "repeats what was said before"
            case .overSilence: "nobody was heard here"
            case .impossibleRate: "more words than can be said in this time"
            default: "unsure"
            }
        }.joined(separator: ", ")
    }

    private func link(_ file: String) -> String { "../../videos/\(PageLink.path("\(id)/\(file)"))" }

    private func cite(_ maker: String) -> String {
        let author = metadata.channel.map { "\($0): " } ?? ""
        let source = PageLink.web(metadata.url).map { " \($0)." } ?? ""
        return
            "\(author)“\(metadata.title)”, \(metadata.uploadDate.map(PeopleFormat.date) ?? "no date").\(source) Transcript: \(maker), made \(PeopleFormat.date(bundle.manifest.createdAt.day))."
    }

    static func mediaType(_ path: String, isVideo: Bool) -> String? {
        switch DropName.fileExtension(path) {
        case "mp4", "m4v": "video/mp4"
        case "webm": isVideo ? "video/webm" : "audio/webm"
        case "ogv": "video/ogg"
        case "m4a": "audio/mp4"
        case "mp3": "audio/mpeg"
        case "ogg", "oga", "opus": "audio/ogg"
        case "wav": "audio/wav"
        case "flac": "audio/flac"
        default: nil
        }
    }
}
