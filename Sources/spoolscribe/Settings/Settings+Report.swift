import Report
import SpoolFiles
import SystemPackage

extension Settings {
    /// What the site looks like, and what it tells of the settings.
    func site() throws(CommandError) -> SiteOptions {
        var options = SiteOptions()
        options.title = string("report.title") ?? options.title
        options.footer = string("report.footer")
        if let address = string("report.address") {
            guard address.hasPrefix("https://") || address.hasPrefix("http://") else {
                throw .failed("report.address is \"\(address)\", which is no web address", hint: "For example https://example.org/report/")
            }
            options.address = address.hasSuffix("/") ? address : "\(address)/"
        }
        options.logo = try file("report.logo", .file, "A picture that the daemon may read, and no symbolic link")
        options.templates = try file("report.templates", .folder, "A folder that the daemon may read, and no symbolic link")
        options.keepTrash = days("keep.trash")
        options.settings = SettingDefinition.all.map { definition in
            let isStandard = source(of: definition.key) == nil
            let isHidden = definition.isSecret && !isStandard
            return .init(name: definition.key, value: isHidden ? "set, but not shown" : text(of: definition), isStandard: isStandard)
        }
        options.settings += presets.sorted { $0.key < $1.key }.map { name, spec in
            .init(name: "presets.\(name)", value: String(decoding: SpoolJSON.line(spec), as: UTF8.self).trimmed, isStandard: false)
        }
        return options
    }

    private func file(_ key: String, _ kind: FileSystem.Kind, _ hint: String) throws(CommandError) -> FilePath? {
        guard let text = string(key) else { return nil }
        let path = FilePath(text)
        guard FileSystem.attributes(of: path)?.kind == kind else {
            throw .failed("\(key) is \"\(text)\", and there is no such \(kind == .folder ? "folder" : "file")", hint: hint)
        }
        return path
    }
}
