extension String {
    /// Without control characters other than line feed and tab: they mean nothing in text, and drive terminals.
    public var harmless: String {
        guard unicodeScalars.contains(where: Self.isHarmful) else { return self }
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars where !Self.isHarmful(scalar) { result.append(scalar) }
        return String(result)
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
}
