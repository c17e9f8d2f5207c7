#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

// Macros that Swift does not import: error codes, and the "no time stamp" value.
static const int av_error_end_of_file = AVERROR_EOF;
static const int av_error_invalid_data = AVERROR_INVALIDDATA;
static const int av_error_decoder_not_found = AVERROR_DECODER_NOT_FOUND;
static const int64_t av_no_time_stamp = AV_NOPTS_VALUE;

// AV_CHANNEL_LAYOUT_MONO is a compound literal.
static inline AVChannelLayout av_mono_layout(void) {
    AVChannelLayout layout = AV_CHANNEL_LAYOUT_MONO;
    return layout;
}
