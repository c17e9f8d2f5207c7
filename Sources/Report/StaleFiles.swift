import Foundation
import SpoolFiles

/// Files of the site that have to be made anew, from one source.
struct StaleFiles: Sendable {
    /// Another number, other files.
    let source: UInt64
    let make: @Sendable () async throws -> [(path: String, data: Data)]
}

extension SiteBuilder {
    /// Makes files side by side.
    func make(_ files: [StaleFiles]) async throws {
        let written = try await SideBySide(width: width).map(files) { [root = layout.report] files in
            let made = try await files.make()
            for file in made { try SitePublisher.put(file.data, at: file.path, below: root) }
            return (made.map(\.path), files.source)
        }
        for (paths, source) in written { for path in paths { publisher.note(path, from: source) } }
    }
}
