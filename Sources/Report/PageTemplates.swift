import Foundation
import Mustache
import SpoolFiles
import SystemPackage

/// The pages' templates, with the style sheet and the scripts beside them.
struct PageTemplates: Sendable {
    enum Page: String, CaseIterable {
        // What is around every page.
        case head, foot
        case index, jobs, job, videos, video, version, names, search, about, paused, trash, feed, podcast, sitemap
        // Entries of lists.
        case attempt, card, line, moment, pair, row
    }

    /// Templates that are parts of pages.
    private static let parts = ["notice", "pages", "chart"]
    private static let files = ["style.css", "report.js", "search.js"]

    private let library: MustacheLibrary
    private let stamps = TemplateStamps()
    /// Templates with transforms; parts are filled within others, so that one of them is enough to fill none ahead.
    private let unstamped: Set<String>
    /// Files that pages refer to, by name.
    let assets: [String: Data]
    /// Stands for all templates and files: with others, every page is another.
    let digest: String

    /// - Parameter folder: has what takes the place of our templates and files.
    /// - Throws: if one cannot be read or is no template.
    init(overriddenIn folder: FilePath? = nil) throws {
        MustacheContentTypes.register(PageEscaping(), named: PageEscaping.name)
        var library = MustacheLibrary()
        var unstamped: Set<String> = []
        var digest = SourceDigest()
        for name in Self.parts + Page.allCases.map(\.rawValue) {
            let (data, path) = try Self.file("\(name).mustache", folder)
            let text = String(decoding: data, as: UTF8.self)
            digest.add(text)
            // What changes a value must see the value.
            if text.contains(/\{\{[^}]*\(/) { unstamped.insert(name) }
            do {
                library.register(try MustacheTemplate(string: "{{% CONTENT_TYPE:\(PageEscaping.name)}}\(text)"), named: name)
            } catch {
                throw ReportError(
                    reason: "\(path) is no template: \(error)", hint: "Mend it, or take it away: ours is used in its place")
            }
        }
        var assets: [String: Data] = [:]
        for name in Self.files {
            let data = try Self.file(name, folder).data
            assets[name] = data
            digest.add(data)
        }
        self.library = library
        self.unstamped = unstamped
        self.assets = assets
        self.digest = String(digest.finish(), radix: 16)
    }

    /// Fills a template. Absent values are left out of the context: an empty text counts as present.
    func render(_ page: Page, _ context: PageContext) throws -> Data { Data(try text(page, context).utf8) }

    /// Fills a template with each of the contexts, one behind the other.
    func list(_ page: Page, _ contexts: some Sequence<PageContext>) throws -> String {
        try contexts.reduce(into: "") { $0 += try text(page, $1) }
    }

    private func text(_ page: Page, _ context: PageContext) throws -> String {
        func fill(_ context: PageContext) -> String? { library.render(PageValues(context), withTemplate: page.rawValue) }
        let stamped = unstamped.isEmpty ? stamps.fill(page.rawValue, context, fill) : nil
        guard let text = stamped ?? fill(context) else {
            throw ReportError(reason: "there is no template \(page.rawValue)", hint: "Install the program with its resources again")
        }
        return text
    }

    private static func file(_ name: String, _ folder: FilePath?) throws -> (data: Data, path: FilePath) {
        let own = FilePath(Bundle.module.bundlePath).appending("Resources").appending(name)
        let path = folder.map { $0.appending(name) }.flatMap { FileSystem.exists($0) ? $0 : nil } ?? own
        return (try FileSystem.read(path), path)
    }
}
