#pragma once
#include <zlib.h>

// deflateInit2 is a macro, which Swift does not see. 31: the largest window, with the header and checksum of a gzip file.
static inline int zlib_begin_gzip(z_stream *stream) {
    return deflateInit2(stream, Z_BEST_COMPRESSION, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY);
}
