import Foundation
import Mustache
import SpoolFiles
import SystemPackage

/// The pages' templates, with the style sheet and the script beside them.
struct PageTemplates: Sendable {
    enum Page: String { case index, jobs, job, video, paused }

    private let library: MustacheLibrary
    /// Files that pages refer to, by name.
    let assets: [String: Data]
    /// Stands for all templates and files: with others, every page is another.
    let digest: String

    init() throws {
        MustacheContentTypes.register(PageEscaping(), named: PageEscaping.name)
        var library = MustacheLibrary()
        var digest = SourceDigest()
        for name in ["head", "foot", "notice", "index", "jobs", "job", "video", "paused"] {
            let text = String(decoding: try FileSystem.read(Self.folder.appending("\(name).mustache")), as: UTF8.self)
            digest.add(text)
            library.register(try MustacheTemplate(string: "{{% CONTENT_TYPE:\(PageEscaping.name)}}\(text)"), named: name)
        }
        var assets: [String: Data] = [:]
        for name in ["style.css", "report.js"] { assets[name] = try FileSystem.read(Self.folder.appending(name)) }
        self.library = library
        self.assets = assets
        self.digest = String(digest.finish(), radix: 16)
    }

    /// Fills a template. Absent values are left out of the context: an empty text counts as present.
    func render(_ page: Page, _ context: [String: Any]) throws -> Data {
        guard let text = library.render(PageValues(context), withTemplate: page.rawValue) else {
            throw ReportError(reason: "there is no template \(page.rawValue)", hint: "Install the program with its resources again")
        }
        return Data(text.utf8)
    }

    private static var folder: FilePath { FilePath(Bundle.module.bundlePath).appending("Resources") }
}
