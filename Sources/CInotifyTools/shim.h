// libinotifytools: one process-wide inotify instance, used by one thread only (`InotifyEvents`).
#include <inotifytools/inotifytools.h>
// The mask bits (IN_MOVED_TO and so on) and `struct inotify_event`, which the header above only declares.
#include <sys/inotify.h>

// The name stands behind the struct, in a C array of unknown length, which Swift does not import.
static inline const char *inotify_event_name(const struct inotify_event *event) {
    return event->len > 0 ? event->name : "";
}
