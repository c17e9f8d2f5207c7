import Mustache

/// Values for a template. The engine asks at every tag what kind of thing each value is, and of a class that is found out sooner than of
/// a dictionary.
final class PageValues: MustacheParent {
    private let values: [String: Any]

    init(_ values: [String: Any]) { self.values = values.mapValues(Self.prepared) }

    func child(named name: String) -> Any? { values[name] }

    private static func prepared(_ value: Any) -> Any {
        switch value {
        // Most are texts.
        case is String, is Bool: value
        case let values as [String: Any]: PageValues(values)
        case let list as [[String: Any]]: list.map(PageValues.init)
        default: value
        }
    }
}
