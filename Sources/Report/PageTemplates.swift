import Foundation
import Mustache
import SpoolFiles
import SystemPackage

/// The pages' templates, with the style sheet and the script beside them.
struct PageTemplates: Sendable {
    enum Page: String { case index, jobs, job, video, paused }

    private let library: MustacheLibrary

    init() throws {
        var library = MustacheLibrary()
        for name in ["head", "foot", "notice", "index", "jobs", "job", "video", "paused"] {
            let text = String(decoding: try FileSystem.read(Self.folder.appending("\(name).mustache")), as: UTF8.self)
            library.register(try MustacheTemplate(string: text), named: name)
        }
        self.library = library
    }

    /// Fills a template. Absent values are left out of the context: an empty text counts as present.
    func render(_ page: Page, _ context: [String: Any]) throws -> Data {
        guard let text = library.render(context, withTemplate: page.rawValue) else {
            throw ReportError(reason: "there is no template \(page.rawValue)", hint: "Install the program with its resources again")
        }
        return Data(text.utf8)
    }

    /// Files that pages refer to, by name.
    static func assets() throws -> [String: Data] {
        var assets: [String: Data] = [:]
        for name in ["style.css", "report.js"] { assets[name] = try FileSystem.read(folder.appending(name)) }
        return assets
    }

    private static var folder: FilePath { FilePath(Bundle.module.bundlePath).appending("Resources") }
}
