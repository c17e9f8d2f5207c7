import FoundationEssentials
import SpoolFiles

extension SiteMetadata {
    /// Puts what the site says into the catalogue's fields.
    func describe(_ metadata: inout VideoMetadata) {
        metadata.siteID = id
        // In one form, in which nothing is markup.
        metadata.url = webpageURL.flatMap { try? VideoAddress($0).url } ?? metadata.url
        metadata.channel = channel ?? uploader
        metadata.channelID = channelID ?? uploaderID
        metadata.channelURL = channelURL.flatMap(Self.web)
        metadata.channelFollowerCount = channelFollowerCount
        metadata.uploader = uploader
        metadata.uploaderID = uploaderID
        metadata.description = description
        metadata.uploadDate = uploadDate.flatMap(Self.day)
        metadata.publishedAt = (releaseTimestamp ?? timestamp).flatMap(Timestamp.init(seconds:))
        metadata.categories = categories
        metadata.language = language
        metadata.license = license
        metadata.thumbnail = thumbnail.flatMap(Self.web).map(Self.withoutQuery)
        metadata.availability = availability
        metadata.liveStatus = liveStatus
        metadata.ageLimit = ageLimit
        metadata.location = location
        metadata.viewCount = viewCount
        metadata.likeCount = likeCount
        metadata.commentCount = commentCount
        if playlist != nil || playlistID != nil { metadata.playlist = .init(id: playlistID, title: playlist, index: playlistIndex) }
        if let series {
            var place = VideoMetadata.Series(title: series)
            (place.season, place.seasonNumber, place.episode, place.episodeNumber) = (season, seasonNumber, episode, episodeNumber)
            metadata.series = place
        }
        metadata.extractor = extractor.map { .init(name: $0, version: version) }
    }

    /// An address that a browser opens as a page, and nothing else.
    private static func web(_ address: String) -> String? {
        address.hasPrefix("https://") || address.hasPrefix("http://") ? address : nil
    }

    /// `20261125` as `2026-11-25`.
    static func day(_ text: String) -> String? {
        guard text.count == 8, text.allSatisfy(\.isNumber) else { return nil }
        return "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))"
    }

    /// What stands behind the question mark may be a signature, good for some hours.
    static func withoutQuery(_ address: String) -> String { String(address.prefix { $0 != "?" }) }

    /// As the site tells them, or else as somebody wrote them into the description.
    /// - Parameter duration: seconds of the recording.
    func chapters(duration: Double) -> Chapters? {
        Chapters(source: .site, starts: chapters.map { ($0.start, $0.title) }, duration: duration)
            ?? description.flatMap { DescriptionChapters.read($0, duration: duration) }
    }
}
