/// Where a drop was put: a control folder, or the folder of a preset in `incoming/`.
public struct DropPlace: Hashable, Sendable {
    public let folder: ControlFolder
    /// The preset whose folder it is; only in `incoming/`.
    public let preset: String?

    public init(_ folder: ControlFolder, preset: String? = nil) {
        self.folder = folder
        self.preset = preset
    }

    /// Whether a text can name a preset: it is a folder's name, and a part of other names.
    public static func isPresetName(_ name: some StringProtocol) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }

    /// `incoming`, or `incoming/interviews`.
    public var name: String { preset.map { "\(folder.rawValue)/\($0)" } ?? folder.rawValue }
}
