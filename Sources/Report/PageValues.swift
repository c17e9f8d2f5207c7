import Mustache

/// A context as the engine asks for it. It asks at every tag what kind of thing each value is, and of a class that is found out sooner
/// than of a dictionary.
final class PageValues: MustacheParent {
    private let values: [String: Any]

    init(_ context: PageContext) {
        values = Dictionary(context.entries.map { ($0.name, Self.prepared($0.value)) }) { _, last in last }
    }

    func child(named name: String) -> Any? { values[name] }

    private static func prepared(_ value: PageContext.Content) -> Any {
        switch value {
        case .text(let text): text
        case .flag(let flag): flag
        case .context(let context): PageValues(context)
        case .contexts(let contexts): contexts.map(PageValues.init)
        case .texts(let texts): texts
        }
    }
}
