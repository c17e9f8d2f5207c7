import CFFmpeg
import SystemPackage

/// Turns decoded sound into what the recogniser hears: a WAV file, 16 kHz, one channel, 16 bits.
final class SpeechWriter {
    static let sampleRate: Int32 = 16_000
    /// Bytes before the samples.
    static let headerLength: Int64 = 44

    private let file: FileDescriptor
    /// The one that is written; all of them mixed, if `nil`.
    private let channel: Int?
    private var resampler: OpaquePointer?
    private var inputFormat: (format: Int32, rate: Int32, channels: Int32) = (-1, 0, 0)
    private var buffer: [Int16] = []
    private var latestStart = 0
    private(set) var samples: Int64 = 0

    /// - Parameter channel: writes this one only, from 0.
    init(_ path: FilePath, channel: Int? = nil) throws {
        self.channel = channel
        file = try FileDescriptor.open(path, .readWrite, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead])
        try file.writeAll(Self.header(samples: 0))
    }

    deinit {
        swr_free(&resampler)
        try? file.close()
    }

    /// The samples that the last frame made.
    var latest: ArraySlice<Int16> { buffer[latestStart...] }

    /// Adds one decoded frame. Its format may change on the way.
    func add(_ frame: UnsafeMutablePointer<AVFrame>) throws {
        if buffer.count > 1 << 17 { try flush() }
        latestStart = buffer.count
        let format = (frame.pointee.format, frame.pointee.sample_rate, frame.pointee.ch_layout.nb_channels)
        if format != inputFormat { try open(for: frame, format) }
        try convert(frame.pointee.extended_data, frame.pointee.nb_samples)
    }

    /// Writes what is left in the resampler and the final header.
    func finish() throws {
        if resampler != nil { try convert(nil, 0) }
        try flush()
        try file.writeAll(toAbsoluteOffset: 0, Self.header(samples: samples))
    }

    private func open(for frame: UnsafeMutablePointer<AVFrame>, _ format: (Int32, Int32, Int32)) throws {
        if resampler != nil { try convert(nil, 0) }
        swr_free(&resampler)
        var mono = av_mono_layout()
        var layout = frame.pointee.ch_layout
        if layout.order == AV_CHANNEL_ORDER_UNSPEC { av_channel_layout_default(&layout, layout.nb_channels) }
        try MediaError.check(
            swr_alloc_set_opts2(
                &resampler, &mono, AV_SAMPLE_FMT_S16, Self.sampleRate, &layout, AVSampleFormat(format.0), format.1, 0, nil),
            "prepare the resampler")
        if let channel, channel < Int(layout.nb_channels) {
            var gains = Array(repeating: 0.0, count: Int(layout.nb_channels))
            gains[channel] = 1
            try MediaError.check(swr_set_matrix(resampler, gains, layout.nb_channels), "choose a channel")
        }
        try MediaError.check(swr_init(resampler), "open the resampler")
        inputFormat = format
    }

    private func convert(_ data: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?, _ count: Int32) throws {
        let room = swr_get_out_samples(resampler, count)
        guard room > 0 else { return }
        try withUnsafeTemporaryAllocation(of: Int16.self, capacity: Int(room)) { output in
            var pointer: UnsafeMutablePointer<UInt8>? = UnsafeMutableRawPointer(output.baseAddress!).assumingMemoryBound(to: UInt8.self)
            let source = data.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: UnsafePointer<UInt8>?.self) }
            let got = try MediaError.check(swr_convert(resampler, &pointer, room, source, count), "resample it")
            buffer.append(contentsOf: output.prefix(Int(got)))
        }
    }

    private func flush() throws {
        do {
            try buffer.withUnsafeBytes { bytes in _ = try file.writeAll(bytes) }
        } catch {
            throw MediaError(operation: "write the speech", code: -((error as? Errno)?.rawValue ?? 5))
        }
        samples += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
        latestStart = 0
    }

    /// The 44 bytes before the samples, as the RIFF WAVE specification has them.
    static func header(samples: Int64) -> [UInt8] {
        let bytes = UInt32(clamping: samples * 2)
        var header: [UInt8] = []
        func text(_ value: String) { header += Array(value.utf8) }
        func number<Number: FixedWidthInteger>(_ value: Number) { withUnsafeBytes(of: value.littleEndian) { header += $0 } }
        text("RIFF")
        number(UInt32(clamping: Int64(bytes) + 36))
        text("WAVEfmt ")
        number(UInt32(16))
        number(UInt16(1))
        number(UInt16(1))
        number(UInt32(sampleRate))
        number(UInt32(sampleRate * 2))
        number(UInt16(2))
        number(UInt16(16))
        text("data")
        number(bytes)
        return header
    }
}
