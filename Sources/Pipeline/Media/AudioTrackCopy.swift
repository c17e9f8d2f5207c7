import CFFmpeg
import SystemPackage

/// Copies the sound track as it is, without decoding it, into a container of its own.
final class AudioTrackCopy {
    private let context: UnsafeMutablePointer<AVFormatContext>
    private let output: UnsafeMutablePointer<AVStream>
    private let inputTimeBase: AVRational
    private var isOpen = false

    /// The container by codec: the one that players expect; Matroska takes everything else.
    static func fileExtension(for codec: AVCodecID) -> String {
        switch codec {
        case AV_CODEC_ID_AAC, AV_CODEC_ID_ALAC: "m4a"
        case AV_CODEC_ID_MP3: "mp3"
        case AV_CODEC_ID_OPUS: "opus"
        case AV_CODEC_ID_VORBIS: "ogg"
        case AV_CODEC_ID_FLAC: "flac"
        case AV_CODEC_ID_PCM_S16LE, AV_CODEC_ID_PCM_S24LE, AV_CODEC_ID_PCM_S32LE, AV_CODEC_ID_PCM_F32LE, AV_CODEC_ID_PCM_U8: "wav"
        default: "mka"
        }
    }

    init(of stream: UnsafeMutablePointer<AVStream>, to path: FilePath, container: String) throws {
        let formats = ["m4a": "ipod", "opus": "opus", "ogg": "ogg", "mka": "matroska"]
        var made: UnsafeMutablePointer<AVFormatContext>?
        try MediaError.check(
            avformat_alloc_output_context2(&made, nil, formats[container] ?? container, path.string), "choose a container for its sound")
        context = made!
        inputTimeBase = stream.pointee.time_base
        guard let output = avformat_new_stream(context, nil) else {
            throw MediaError(operation: "copy its sound track", code: -12)
        }
        self.output = output
        try MediaError.check(avcodec_parameters_copy(output.pointee.codecpar, stream.pointee.codecpar), "copy its sound track")
        output.pointee.codecpar.pointee.codec_tag = 0
        output.pointee.time_base = inputTimeBase
        try MediaError.check(avio_open(&context.pointee.pb, "file:\(path.string)", AVIO_FLAG_WRITE), "write its sound track")
        var options: OpaquePointer?
        defer { av_dict_free(&options) }
        // The index in front, so that a browser plays before it has the whole file.
        if container == "m4a" { av_dict_set(&options, "movflags", "+faststart", 0) }
        try MediaError.check(avformat_write_header(context, &options), "write its sound track")
        isOpen = true
    }

    deinit {
        avio_closep(&context.pointee.pb)
        avformat_free_context(context)
    }

    /// Copies a packet; the caller's packet stays as it is.
    func add(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        var copy = av_packet_clone(packet)
        guard let mine = copy else { throw MediaError(operation: "copy its sound track", code: -12) }
        defer { av_packet_free(&copy) }
        mine.pointee.stream_index = 0
        mine.pointee.pos = -1
        av_packet_rescale_ts(mine, inputTimeBase, output.pointee.time_base)
        try MediaError.check(av_interleaved_write_frame(context, mine), "copy its sound track")
    }

    func finish() throws {
        guard isOpen else { return }
        isOpen = false
        try MediaError.check(av_write_trailer(context), "finish its sound track")
    }
}
