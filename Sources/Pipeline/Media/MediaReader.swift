import CFFmpeg
import SpoolFiles
import SystemPackage

/// An opened recording. Lives in the child process only: media is hostile until proven otherwise.
final class MediaReader {
    let path: FilePath
    let context: UnsafeMutablePointer<AVFormatContext>

    /// Opens the file and looks at its streams. Only the file itself is read, whatever it refers to.
    /// - Throws: `Failure` that tells text, truncated and unknown files apart.
    init(_ path: FilePath) throws {
        self.path = path
        av_log_set_level(AV_LOG_FATAL)
        var options: OpaquePointer?
        av_dict_set(&options, "protocol_whitelist", "file", 0)
        // Play lists and scripts of other formats would open more files.
        av_dict_set(&options, "format_whitelist", Self.formats, 0)
        defer { av_dict_free(&options) }
        var opened: UnsafeMutablePointer<AVFormatContext>?
        let code = avformat_open_input(&opened, "file:\(path.string)", nil, &options)
        guard code >= 0, let opened else { throw Self.refusal(path, MediaError(operation: "open it", code: code)) }
        context = opened
        let found = avformat_find_stream_info(context, nil)
        guard found >= 0 else { throw Self.refusal(path, MediaError(operation: "read its streams", code: found)) }
    }

    deinit {
        var opened: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&opened)
    }

    /// Containers of recordings; none of them refers to other files.
    private static let formats =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,wav,w64,mp3,flac,aac,adts,aiff,avi,asf,flv,mpegts,mpeg,caf,amr,au,opus,ac3,eac3,dts,ape,wv,mpc,mpc8,tta,rm,dv,mxf,nut,gxf,voc,jpeg_pipe,png_pipe,webp_pipe"

    /// Seconds; 0 if the file does not tell.
    var duration: Double {
        context.pointee.duration > 0 ? Double(context.pointee.duration) / Double(AV_TIME_BASE) : 0
    }

    /// The file says how long it is, rather than its bit rate being multiplied out.
    var durationIsStated: Bool {
        context.pointee.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE && duration > 0
    }

    /// The bytes that a RIFF file (WAV, AVI) says it has and lacks; libavformat passes over this. 0 for other files.
    ///
    /// Recorders that stream write 0 or the greatest number for a size that they don't know.
    var missingBytes: Int64 {
        guard let attributes = FileSystem.attributes(of: path), let file = try? FileDescriptor.open(path, .readOnly) else { return 0 }
        defer { try? file.close() }
        var head = [UInt8](repeating: 0, count: 8)
        guard head.withUnsafeMutableBytes({ (try? file.read(into: $0)) ?? 0 }) == 8, head.starts(with: Array("RIFF".utf8)) else { return 0 }
        let stated = head[4...].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return stated == 0 || stated >= 0xFFFF_FF00 ? 0 : max(0, stated + 8 - attributes.size)
    }

    func stream(_ index: Int32) -> UnsafeMutablePointer<AVStream> { context.pointee.streams[Int(index)]! }

    /// The best stream of a kind, or `nil`.
    func bestStream(_ kind: AVMediaType) -> Int32? {
        let index = av_find_best_stream(context, kind, -1, -1, nil, 0)
        return index >= 0 ? index : nil
    }

    /// The sound track in a language; without one of that language, or with no language given, the best.
    func soundStream(in language: String?) -> Int32? {
        if let language {
            for index in 0..<Int32(context.pointee.nb_streams)
            where stream(index).pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO {
                if let tag = self.language(of: index), TrackLanguage.matches(tag, language) { return index }
            }
        }
        return bestStream(AVMEDIA_TYPE_AUDIO)
    }

    /// The language that the container gives a stream.
    func language(of index: Int32) -> String? {
        av_dict_get(stream(index).pointee.metadata, "language", nil, 0).map { String(cString: $0.pointee.value) }
    }

    /// A moving picture: cover art is none.
    var hasPicture: Bool {
        guard let index = bestStream(AVMEDIA_TYPE_VIDEO) else { return false }
        return stream(index).pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
    }

    /// What the file holds, for people.
    /// - Parameter sound: the sound track that was taken.
    func description(sound: Int32) -> VideoMetadata.Media {
        var media = VideoMetadata.Media(container: String(cString: context.pointee.iformat.pointee.name), duration: duration)
        let track = stream(sound).pointee.codecpar.pointee
        media.audioCodec = String(cString: avcodec_get_name(track.codec_id))
        media.sampleRate = Int(track.sample_rate)
        media.channels = Int(track.ch_layout.nb_channels)
        media.audioLanguage = language(of: sound).flatMap { $0 == "und" ? nil : $0 }
        if hasPicture, let index = bestStream(AVMEDIA_TYPE_VIDEO) {
            let parameters = stream(index).pointee.codecpar.pointee
            media.videoCodec = String(cString: avcodec_get_name(parameters.codec_id))
            media.width = Int(parameters.width)
            media.height = Int(parameters.height)
        }
        return media
    }

    /// Opens a decoder for a stream.
    func decoder(_ index: Int32) throws -> UnsafeMutablePointer<AVCodecContext> {
        let parameters = stream(index).pointee.codecpar!
        guard let codec = avcodec_find_decoder(parameters.pointee.codec_id), let decoder = avcodec_alloc_context3(codec) else {
            throw Failure(
                .permanent, "unknown_codec",
                "the recording uses \(String(cString: avcodec_get_name(parameters.pointee.codec_id))), which libavcodec cannot decode here",
                hint: "Convert it to a common format first")
        }
        try MediaError.check(avcodec_parameters_to_context(decoder, parameters), "prepare its decoder")
        decoder.pointee.pkt_timebase = stream(index).pointee.time_base
        try MediaError.check(avcodec_open2(decoder, codec, nil), "open its decoder")
        return decoder
    }

    /// Tells people why a file is no recording.
    private static func refusal(_ path: FilePath, _ error: MediaError) -> Failure {
        if error.code == -12 || error.code == -28 { return error.failure }
        let name = path.lastComponent?.string ?? path.string
        var head = [UInt8](repeating: 0, count: 512)
        var count = 0
        if let file = try? FileDescriptor.open(path, .readOnly) {
            count = head.withUnsafeMutableBytes { (try? file.read(into: $0)) ?? 0 }
            try? file.close()
        }
        let start = head.prefix(count)
        if start.isEmpty { return Failure(.permanent, "empty", "\(name) is empty", hint: "Copy it again") }
        let magics: [(Int, [UInt8])] = [
            (4, Array("ftyp".utf8)), (0, Array("RIFF".utf8)), (0, [0x1A, 0x45, 0xDF, 0xA3]), (0, Array("OggS".utf8)),
            (0, Array("ID3".utf8)), (0, Array("fLaC".utf8)),
        ]
        if magics.contains(where: { start.dropFirst($0).starts(with: $1) }) {
            return Failure(
                .permanent, "truncated", "\(name) begins like a recording but its end is missing (\(error.reason))",
                hint: "The copy or the recording was cut off; copy it again")
        }
        if !start.contains(0), String(validating: start, as: UTF8.self) != nil {
            return Failure(
                .permanent, "not_media", "\(name) is text, not a recording",
                hint: "A list of links should be called .txt; a recording should be copied again")
        }
        return Failure(
            .permanent, "not_media", "\(name) is not a recording that libavformat knows (\(error.reason))",
            hint: "Check that it plays; convert it to a common format if it does")
    }
}
