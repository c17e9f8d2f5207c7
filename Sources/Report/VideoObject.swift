import Foundation
import SpoolFiles

/// What search engines and other programs read of a video's page: a `VideoObject` of https://schema.org, as JSON-LD.
struct VideoObject: Encodable {
    /// A chapter.
    struct Clip: Encodable {
        let type = "Clip"
        let name: String
        let startOffset: Double
        let endOffset: Double

        private enum CodingKeys: String, CodingKey {
            case name, startOffset, endOffset
            case type = "@type"
        }
    }

    let context = "https://schema.org"
    let type = "VideoObject"
    let name: String
    let description: String?
    let uploadDate: String
    /// ISO 8601: `PT62.5S`.
    let duration: String
    let inLanguage: String
    let url: String?
    let contentUrl: String?
    let thumbnailUrl: String?
    let keywords: [String]?
    let transcript: String
    let hasPart: [Clip]?

    private enum CodingKeys: String, CodingKey {
        case type = "@type"
        case context = "@context"
        case name, description, uploadDate, duration, inLanguage, url, contentUrl, thumbnailUrl, keywords, transcript, hasPart
    }

    /// - Parameter link: from a file of the bundle to its address.
    init(_ bundle: BundleReader, link: (String) -> String) {
        let metadata = bundle.metadata
        name = metadata.title
        description = metadata.description
        uploadDate = metadata.uploadDate ?? metadata.addedAt.day
        duration = "PT\(PeopleFormat.seconds(metadata.media.duration))S"
        inLanguage = bundle.transcript.language
        url = PageLink.web(metadata.url)
        contentUrl = bundle.media.map { link($0.path) }
        thumbnailUrl = bundle.thumbnail.map { link($0.path) }
        keywords = metadata.tags.isEmpty ? nil : metadata.tags
        transcript = bundle.transcript.text
        let clips = bundle.chapters.map { Clip(name: $0.title, startOffset: $0.start, endOffset: $0.end) }
        hasPart = clips.isEmpty ? nil : clips
    }

    /// As it may stand in a script element: no `<` can end it, and nothing is in it that HTML forbids.
    var script: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { PageEscaping.script(String(decoding: $0, as: UTF8.self)) } ?? "{}"
    }
}
