import CFFmpeg
import SpoolFiles
import SystemPackage

/// Writes one picture of a recording as JPEG: its cover art, or a frame from a tenth of its length.
struct StillImage {
    let source: FilePath
    let target: FilePath
    /// Pixels.
    static let width: Int32 = 640

    /// - Returns: `false` if the recording has no picture.
    func run() throws -> Bool {
        let reader = try MediaReader(source)
        guard let index = reader.bestStream(AVMEDIA_TYPE_VIDEO) else { return false }
        let decoder = try reader.decoder(index)
        var decoderToFree: UnsafeMutablePointer<AVCodecContext>? = decoder
        defer { avcodec_free_context(&decoderToFree) }
        if reader.hasPicture, reader.duration > 1 {
            let time = min(reader.duration / 10, 60)
            avformat_seek_file(reader.context, -1, .min, Int64(time * Double(AV_TIME_BASE)), .max, 0)
        }
        var frame = av_frame_alloc()
        defer { av_frame_free(&frame) }
        guard let frame, try decodeOne(reader, index, decoder, into: frame) else { return false }
        var scaled = av_frame_alloc()
        defer { av_frame_free(&scaled) }
        guard let scaled else { return false }
        try scale(frame, into: scaled)
        try encode(scaled)
        return true
    }

    private func decodeOne(
        _ reader: MediaReader, _ index: Int32, _ decoder: UnsafeMutablePointer<AVCodecContext>, into frame: UnsafeMutablePointer<AVFrame>
    ) throws -> Bool {
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        guard let packet else { return false }
        while av_read_frame(reader.context, packet) >= 0 {
            defer { av_packet_unref(packet) }
            guard packet.pointee.stream_index == index, avcodec_send_packet(decoder, packet) >= 0 else { continue }
            if avcodec_receive_frame(decoder, frame) >= 0 { return true }
        }
        avcodec_send_packet(decoder, nil)
        return avcodec_receive_frame(decoder, frame) >= 0
    }

    private func scale(_ frame: UnsafeMutablePointer<AVFrame>, into scaled: UnsafeMutablePointer<AVFrame>) throws {
        let width = min(Self.width, frame.pointee.width) & ~1
        let height = Int32(Int64(frame.pointee.height) * Int64(width) / Int64(max(frame.pointee.width, 1))) & ~1
        guard width > 0, height > 0 else { throw MediaError(operation: "scale its picture", code: av_error_invalid_data) }
        scaled.pointee.width = width
        scaled.pointee.height = height
        scaled.pointee.format = AV_PIX_FMT_YUVJ420P.rawValue
        try MediaError.check(av_frame_get_buffer(scaled, 0), "scale its picture")
        let scaler = sws_getContext(
            frame.pointee.width, frame.pointee.height, AVPixelFormat(frame.pointee.format), width, height, AV_PIX_FMT_YUVJ420P,
            SWS_BICUBIC, nil, nil, nil)
        defer { sws_freeContext(scaler) }
        guard scaler != nil else { throw MediaError(operation: "scale its picture", code: av_error_invalid_data) }
        try MediaError.check(sws_scale_frame(scaler, scaled, frame), "scale its picture")
    }

    private func encode(_ frame: UnsafeMutablePointer<AVFrame>) throws {
        guard let codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG), let encoder = avcodec_alloc_context3(codec) else {
            throw MediaError(operation: "write its picture", code: av_error_decoder_not_found)
        }
        var encoderToFree: UnsafeMutablePointer<AVCodecContext>? = encoder
        defer { avcodec_free_context(&encoderToFree) }
        encoder.pointee.width = frame.pointee.width
        encoder.pointee.height = frame.pointee.height
        encoder.pointee.pix_fmt = AV_PIX_FMT_YUVJ420P
        encoder.pointee.time_base = AVRational(num: 1, den: 25)
        encoder.pointee.flags |= AV_CODEC_FLAG_QSCALE
        encoder.pointee.global_quality = FF_QP2LAMBDA * 4
        try MediaError.check(avcodec_open2(encoder, codec, nil), "write its picture")
        frame.pointee.pts = 0
        frame.pointee.quality = encoder.pointee.global_quality
        try MediaError.check(avcodec_send_frame(encoder, frame), "write its picture")
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        guard let packet else { return }
        try MediaError.check(avcodec_receive_packet(encoder, packet), "write its picture")
        let bytes = UnsafeRawBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size))
        let part = target.removingLastComponent().appending("still.part")
        let file = try FileDescriptor.open(part, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead])
        defer { try? file.close() }
        try file.writeAll(bytes)
        try FileSystem.move(part, to: target)
    }
}
