import SystemPackage

/// What whoever runs the daemon says about the site.
public struct SiteOptions: Sendable {
    /// A setting that is in force.
    public struct Setting: Sendable {
        public let name: String
        public let value: String
        /// As it is without being set.
        public let isStandard: Bool

        public init(name: String, value: String, isStandard: Bool) {
            self.name = name
            self.value = value
            self.isStandard = isStandard
        }
    }

    /// Stands on every page.
    public var title = "Spoolscribe"
    /// A picture beside the title, of any format that browsers show.
    public var logo: FilePath?
    /// Where the site can be reached, with a slash at its end; without it there is no podcast and no site map.
    public var address: String?
    /// A line at the foot of every page.
    public var footer: String?
    /// A folder with templates, `style.css` or scripts that take the place of ours with the same names.
    public var templates: FilePath?
    /// Days for which what was deleted can be restored; 0 is for ever.
    public var keepTrash = 30.0
    /// All settings, for the page about the site; without secrets.
    public var settings: [Setting] = []

    public init() {}
}
