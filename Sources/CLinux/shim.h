// Linux calls that Glibc's Swift module lacks, or that are variadic.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

// F_SETLEASE is behind _GNU_SOURCE and fcntl is variadic. A read lease is granted only while no
// process has the file open for writing, which is exactly the question asked of a drop.
#ifndef F_SETLEASE
#define F_SETLEASE 1024
#endif
static inline int linux_set_lease(int descriptor, int kind) {
    return fcntl(descriptor, F_SETLEASE, kind);
}

// renameat2 with RENAME_NOREPLACE: a move that never overwrites.
static inline int linux_rename_no_replace(const char *from, const char *to) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1);
}

// setrlimit's first parameter is an enum in C and an integer in Swift's import, depending on flags.
static inline int linux_limit(int resource, unsigned long long value) {
    struct rlimit limit = { .rlim_cur = value, .rlim_max = value };
    return setrlimit(resource, &limit);
}
static inline int linux_limit_cpu_seconds(unsigned long long seconds) { return linux_limit(RLIMIT_CPU, seconds); }
static inline int linux_limit_memory(unsigned long long bytes) { return linux_limit(RLIMIT_AS, bytes); }
static inline int linux_limit_file_size(unsigned long long bytes) { return linux_limit(RLIMIT_FSIZE, bytes); }

// prctl is variadic. The child is killed when its parent dies, however the parent died.
static inline int linux_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }
