import Logging

/// Log lines on standard error, one line each, whatever text from outside stands in them.
struct PlainLogHandler: LogHandler {
    private var inner: StreamLogHandler

    init(label: String) { inner = StreamLogHandler.standardError(label: label) }

    var logLevel: Logger.Level {
        get { inner.logLevel }
        set { inner.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { inner.metadata }
        set { inner.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { inner[metadataKey: key] }
        set { inner[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        var event = event
        event.message = "\(Terminal.plain(event.message.description))"
        event.metadata = event.metadata?.mapValues { "\(Terminal.plain($0.description))" }
        inner.log(event: event)
    }
}
