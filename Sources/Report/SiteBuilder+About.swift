import SpoolFiles

extension SiteBuilder {
    /// The page that says how the folders are used, what made the transcripts, and which settings are in force.
    func buildAbout(_ lists: VideoLists, _ frame: PageFrame) throws {
        var makers: [String: Int] = [:]
        for card in lists.cards { if let maker = card.maker { makers[maker, default: 0] += 1 } }
        func shown(_ settings: [SiteOptions.Setting]) -> [PageContext] {
            settings.map { ["name": $0.name, "value": $0.value.isEmpty ? "not set" : $0.value] }
        }
        let context: PageContext = [
            "page": frame.context("About", "about", root: ""), "version": frame.version,
            "makers": makers.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { name, count -> PageContext in
                ["name": name, "count": "\(PeopleFormat.count(count)) transcript\(count == 1 ? "" : "s")"]
            },
            "has_settings": !options.settings.isEmpty, "is_changed": options.settings.contains { !$0.isStandard },
            "settings_set": shown(options.settings.filter { !$0.isStandard }),
            "settings_standard": shown(options.settings.filter(\.isStandard)),
        ]
        // Its time of making is no reason to write it again.
        var source = SourceDigest()
        for (name, count) in makers.sorted(by: { $0.key < $1.key }) {
            source.add(name)
            source.add(Int64(count))
        }
        for setting in options.settings {
            source.add(setting.name)
            source.add(setting.value)
        }
        let digest = source.finish()
        if publisher.needs("about.html", from: digest) {
            try publisher.write(try templates.render(.about, context), at: "about.html", from: digest)
        }
    }
}
